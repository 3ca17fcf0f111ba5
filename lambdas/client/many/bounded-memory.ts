/** Names that are remembered. Each takes less than a kilobyte. */
const MAX_NAMES = 10_000;

/** Remembers a value for each name. When there are too many, the oldest is forgotten. */
export const createBoundedMemory = <T>(max = MAX_NAMES) => {
  const values = new Map<string, T>();
  return {
    get: (name: string): T | undefined => values.get(name),
    set(name: string, value: T): void {
      values.delete(name);
      values.set(name, value);
      if (values.size > max) values.delete(values.keys().next().value ?? '');
    },
    delete(name: string): void {
      values.delete(name);
    },
  };
};
