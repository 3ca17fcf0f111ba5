/** Something for one connection, and how many calls use it now. */
interface Entry<T> {
  readonly item: T;
  calls: number;
  /** Whether a call has succeeded. One that never has is not kept: its connection may not exist. */
  hasWorked: boolean;
}

/**
 * Items by name, at most `max` of them while they are idle. The one that has not been used for the longest time is dropped first.
 * An item that is in use is never dropped, so that no name has two of them.
 */
export const createClientPool = <T>(max: number, create: (name: string) => T) => {
  const busy = new Map<string, Entry<T>>();
  /** In the order of their last use. */
  const idle = new Map<string, Entry<T>>();

  const enter = (name: string): Entry<T> => {
    const entry = busy.get(name) ?? idle.get(name) ?? { item: create(name), calls: 0, hasWorked: false };
    idle.delete(name);
    busy.set(name, entry);
    entry.calls += 1;
    return entry;
  };

  const leave = (name: string, entry: Entry<T>): void => {
    entry.calls -= 1;
    if (entry.calls > 0) return;
    busy.delete(name);
    if (entry.hasWorked) idle.set(name, entry);
    for (const oldest of idle.keys()) {
      if (busy.size + idle.size <= max) break;
      idle.delete(oldest);
    }
  };

  return {
    /** Uses the item of a name for as long as the work takes. */
    async use<R>(name: string, work: (item: T) => Promise<R>): Promise<R> {
      const entry = enter(name);
      try {
        const result = await work(entry.item);
        entry.hasWorked = true;
        return result;
      } finally {
        leave(name, entry);
      }
    },
    /** The item of a name, if it is in memory. */
    find: (name: string): T | undefined => (busy.get(name) ?? idle.get(name))?.item,
    get size() {
      return busy.size + idle.size;
    },
  };
};
