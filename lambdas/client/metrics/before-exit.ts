const callbacks = new Set<() => void>();

/**
 * Calls back when the process has nothing left to do and is about to end by itself (not at `process.exit`, nor at a
 * signal). Work that the callback starts keeps the process alive, and the callback runs again when that is done. All
 * callbacks share one listener, because Node.js warns about a leak at the eleventh.
 */
export const onBeforeExit = (callback: () => void) => listen('add', callback);

/** Removes the callback. */
export const offBeforeExit = (callback: () => void) => listen('delete', callback);

const listen = (change: 'add' | 'delete', callback: () => void): void => {
  callbacks[change](callback);
  process.off('beforeExit', runAll);
  if (callbacks.size > 0) process.on('beforeExit', runAll);
};

const runAll = (): void => {
  for (const callback of [...callbacks]) callback();
};
