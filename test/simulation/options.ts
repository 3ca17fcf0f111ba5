import { parseArgs } from 'node:util';
import { SECRET_STORES, type SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { MAX_SEED } from './choices.ts';
import { STORE_CHOICES, type StoreChoice, worldsOf } from './world-store.ts';

/** What `npm run simulate` has to do. */
export type Options =
  | { readonly mode: 'help' }
  | { readonly mode: 'replay'; readonly seed: number; readonly store: SecretStoreName }
  | ({
      readonly mode: 'simulate';
      readonly today: string | undefined;
      readonly store: StoreChoice;
    } & SeedRange)
  | ({ readonly mode: 'mutants'; readonly only: string } & SeedRange);

interface SeedRange {
  readonly from: number;
  readonly count: number;
  /** @default one per processor */
  readonly threads: number | undefined;
}

export const DEFAULT_WORLDS = 2_000;
/** How many worlds a planted defect gets before it counts as not found. */
export const DEFAULT_WORLDS_PER_DEFECT = 3_000;

/** The ranges of different days do not overlap, up to this many worlds a day. */
const SEEDS_PER_DAY = 100_000;
const MAX_THREADS = 1_024;
const DAY_MS = 86_400_000;

/** Options that exclude each other, or that need another one, with the options that they can be combined with. */
const COMBINES_WITH = {
  replay: ['store'],
  today: ['seeds', 'threads', 'store'],
  mutants: ['seeds', 'from', 'threads', 'only'],
} as const;

/**
 * Parses the command line.
 *
 * @throws Error with a message for the user when an option is unknown, has a wrong value or does not go with another one.
 */
export function parseOptions(args: readonly string[], nowMs: number): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      today: { type: 'boolean' },
      replay: { type: 'string' },
      mutants: { type: 'boolean' },
      only: { type: 'string' },
      store: { type: 'string' },
      threads: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return { mode: 'help' };
  checkCombination(Object.keys(values));
  if (values.replay !== undefined) {
    const seed = wholeNumber('--replay', values.replay, 0, MAX_SEED);
    return { mode: 'replay', seed, store: oneStore(seed, storeOf(values.store)) };
  }
  const { mutants = false, today = false, only = '' } = values;
  const given = (option: 'seeds' | 'from' | 'threads', least: number, most: number) =>
    values[option] === undefined ? undefined : wholeNumber(`--${option}`, values[option], least, most);
  const range = {
    from: today ? firstSeedOf(nowMs) : (given('from', 0, MAX_SEED) ?? 1),
    count: given('seeds', 1, MAX_SEED + 1) ?? (mutants ? DEFAULT_WORLDS_PER_DEFECT : DEFAULT_WORLDS),
    threads: given('threads', 1, MAX_THREADS),
  };
  const last = range.from + range.count - 1;
  if (last > MAX_SEED) {
    throw new Error(
      `${range.count} seeds from ${range.from} end at ${last}. The largest seed is ${MAX_SEED}.`,
    );
  }
  if (mutants) return { mode: 'mutants', only, ...range };
  return {
    mode: 'simulate',
    today: today ? dateOf(nowMs) : undefined,
    store: storeOf(values.store),
    ...range,
  };
}

function checkCombination(given: readonly string[]): void {
  if (given.includes('only') && !given.includes('mutants')) throw new Error('--only needs --mutants.');
  for (const [option, allowed] of Object.entries(COMBINES_WITH)) {
    const other = given.find((each) => each !== option && !allowed.some((name) => name === each));
    if (given.includes(option) && other !== undefined)
      throw new Error(`--${option} cannot be combined with --${other}.`);
  }
}

function storeOf(given = 'alternate'): StoreChoice {
  const store = STORE_CHOICES.find((each) => each === given);
  if (store !== undefined) return store;
  throw new Error(`--store must be one of ${STORE_CHOICES.join(', ')}, not "${given}".`);
}

/** The store of one world. */
function oneStore(seed: number, choice: StoreChoice): SecretStoreName {
  const [world, other] = worldsOf(seed, choice);
  if (world !== undefined && other === undefined) return world.store;
  throw new Error(`--replay runs one world, so --store must be ${SECRET_STORES.join(' or ')}.`);
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new Error(`${option} must be a whole number from ${least} to ${most}, not "${text}".`);
}

/** The first seed of the day in UTC: the same for everyone who runs `--today` on that day. */
function firstSeedOf(nowMs: number): number {
  const daysWithSeeds = Math.floor(MAX_SEED / SEEDS_PER_DAY);
  return (Math.floor(nowMs / DAY_MS) % daysWithSeeds) * SEEDS_PER_DAY;
}

function dateOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}
