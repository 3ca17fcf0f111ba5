const MOST_NAMES = 5;

/** The first of many names, and how many more there are: `tenant-1, tenant-2, tenant-3, tenant-4, tenant-5 and 7 more`. */
export function firstNames(names: readonly string[]): string {
  const more =
    names.length > MOST_NAMES ? ` and ${(names.length - MOST_NAMES).toLocaleString('en')} more` : '';
  return `${names.slice(0, MOST_NAMES).join(', ')}${more}`;
}
