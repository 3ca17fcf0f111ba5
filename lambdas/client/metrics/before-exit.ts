const callbacks = new Set<() => void>();

/**
 * Calls back when the process has nothing left to do and is about to end by itself (not at `process.exit`, nor at a
 * signal). Work that the callback starts keeps the process alive, and the callback runs again when that is done. All
 * callbacks share one listener, because Node.js warns about a leak at the eleventh.
 *
 * @returns a function that removes the callback
 */
export function onBeforeExit(callback: () => void): () => void {
  if (callbacks.size === 0) process.on('beforeExit', runAll);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0) process.off('beforeExit', runAll);
  };
}

function runAll(): void {
  for (const callback of [...callbacks]) callback();
}
