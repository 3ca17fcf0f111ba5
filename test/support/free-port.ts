import { createServer } from 'node:http';

/** Below the ephemeral ports, which an outgoing connection could take a moment later. */
const FIRST = 20_000;
const COUNT = 10_000;

/** A free port of 127.0.0.1. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
}

/** Whether a port of 127.0.0.1 is free now. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const found = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (found) await new Promise((resolve) => server.close(resolve));
  return found;
}
