const waiting = new Set<() => void>();

/**
 * Calls back whenever the process has nothing left to do, which is before it ends by itself (not before an exit that
 * was asked for, nor at a signal). What the callback starts keeps the process alive, and it is called again when that is
 * done. However many wait, the process has one listener: Node.js warns of a leak at the eleventh.
 *
 * @returns a function that ends the waiting
 */
export function onBeforeExit(callback: () => void): () => void {
  if (waiting.size === 0) process.on('beforeExit', callAll);
  waiting.add(callback);
  return () => {
    waiting.delete(callback);
    if (waiting.size === 0) process.off('beforeExit', callAll);
  };
}

function callAll(): void {
  for (const callback of [...waiting]) callback();
}
