/** `NODE_OPTIONS=--import=…`: a connection to another machine fails, and leaves a line on standard error. */
import net from 'node:net';

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const [options, host] = Array.isArray(args[0]) ? args[0] : args;
  const target = typeof options === 'object' ? options.host : (host ?? 'localhost');
  // Without a host, it is a socket of this machine.
  if (!['127.0.0.1', '::1', 'localhost', undefined].includes(target)) {
    process.stderr.write(`LEFT THIS MACHINE: ${target}\n`);
    throw new Error(`no connection to ${target}`);
  }
  return connect.apply(this, args);
};
