import type { ConnectionStatusReport } from './connection-report.ts';

/** Which connections `status` shows. */
export interface StatusSelection {
  /** A name, or a pattern with `*` for any characters. @default all connections */
  readonly name: string | undefined;
  /** Only those that are blocked and not parked, or only those that are parked. @default all */
  readonly only?: 'blocked' | 'parked' | undefined;
  /** Whether healthy connections of a large fleet are shown as well. */
  readonly all: boolean;
}

/** A fleet of this size is shown as a whole. */
const SMALL_FLEET = 20;
/** Problems of a larger one that are shown, unless all are wanted. */
const MOST_PROBLEMS = 50;

const SEVERITY = { bad: 0, waiting: 1, good: 2 } as const;

export function isPattern(name: string): boolean {
  return name.includes('*');
}

/** True if the name is meant: `crm-*` means all names that begin with `crm-`. */
export function matchesPattern(name: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return true;
  const parts = pattern.split('*').map((part) => part.replace(/[^\w-]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

/** The connections to show, problems first, then by name. Of a large fleet, parked ones only if they are asked for. */
export function selectConnections(
  reports: readonly ConnectionStatusReport[],
  { all, only }: Pick<StatusSelection, 'all' | 'only'>,
): readonly ConnectionStatusReport[] {
  const sorted = reports.toSorted((one, other) => SEVERITY[one.health] - SEVERITY[other.health]);
  if (all || reports.length <= SMALL_FLEET) return sorted;
  const isShown = only === 'parked' ? () => true : isWorthALook;
  return sorted.filter(isShown).slice(0, MOST_PROBLEMS);
}

function isWorthALook({ health, isParked }: ConnectionStatusReport): boolean {
  return health !== 'good' && !isParked;
}
