import type { TableWrite } from '../simulated-table.ts';
import { numberIn, timesIn, type WorldView } from './promise.ts';

/** Extra mints of one connection in a day that all consumers can cause together. */
export const MOST_A_DAY = 8;

/** How old a token is when a complaint about it is honored, by the number of complaints in a row: the promise, not the code. */
const SPACING_MS = [0, 15_000, 30_000, 60_000, 300_000, 900_000, 1_800_000];

/** Clocks of two refreshers are off by up to 5 s each. */
const SKEW_MS = 12_000;
const DAY_MS = 24 * 3_600_000 - 2 * SKEW_MS;
const LONGER_DAY_MS = 24 * 3_600_000 + 120_000;
const MINT_WINDOW_MS = 11.75 * 60_000 + SKEW_MS;

/** What consumers have reported of each connection's tokens, as an observer can count it. */
export class Complaints {
  readonly #world: WorldView;
  readonly #honoredMs = new Map<string, number[]>();
  readonly #mintedMs = new Map<string, number[]>();
  /** The most that there can have been in a row. */
  readonly #inARow = new Map<string, number>();
  /** How many there were in a row for certain: their mints must be ever further apart. */
  readonly #certainlyInARow = new Map<string, number>();
  readonly #complainedAbout = new Map<string, Set<number>>();
  /** Connections whose row was restored, which has lost its counts. */
  readonly #forgotten = new Set<string>();

  constructor(world: WorldView) {
    this.#world = world;
  }

  forget(connection: string): void {
    this.#forgotten.add(connection);
  }

  /** A complaint about the published token. Returns whether it has to be honored. */
  made(connection: string, event: unknown): boolean {
    const row = this.#world.row(connection);
    const published = numberIn(row, 'publishedGeneration') ?? 0;
    const { rejectedGeneration = published } = event as { rejectedGeneration?: unknown };
    // The next generation may be published before the refresher reads the row.
    if (typeof rejectedGeneration === 'number') {
      const known = this.#complainedAbout.get(connection) ?? new Set();
      this.#complainedAbout.set(connection, known.add(rejectedGeneration));
      // A later one than the row knows of counts as the published one.
      if (rejectedGeneration > published) known.add(published);
    }
    if (rejectedGeneration !== published) return false;
    const now = this.#world.now();
    const spacingMs = SPACING_MS[this.inARow(connection)] ?? Number.POSITIVE_INFINITY;
    const isOldEnough =
      now > (numberIn(row, 'tokenIssuedAt') ?? now) + spacingMs + (spacingMs === 0 ? -DAY_MS : SKEW_MS);
    const calls = timesIn(row, 'mints').filter((atMs) => atMs > now - MINT_WINDOW_MS).length;
    const versions = timesIn(row, 'publishes').length;
    return isOldEnough && !this.isUsedUp(connection) && calls < 6 && versions < 57;
  }

  /** A lease is taken because of a complaint. It counts even if the mint fails. */
  honored(connection: string): void {
    this.#inARow.set(connection, this.inARow(connection) + 1);
    add(this.#honoredMs, connection, this.#world.now());
  }

  /**
   * A lease is taken, maybe for an extra mint. Returns how much too young the token is that the mint replaces, in
   * milliseconds; 0 or less if it is old enough.
   */
  leased({ key, before }: TableWrite, isExtra: boolean): number {
    const inARow = this.#certainlyInARow.get(key) ?? 0;
    const isChallenged = numberIn(before, 'challenged') === numberIn(before, 'publishedGeneration');
    if (isExtra) this.#certainlyInARow.set(key, inARow + 1);
    else if (!isChallenged) this.#certainlyInARow.delete(key);
    const issuedAtMs = numberIn(before, 'tokenIssuedAt');
    if (!isExtra || issuedAtMs === undefined || this.#forgotten.has(key)) return 0;
    const oldEnoughAtMs = issuedAtMs + (SPACING_MS[inARow] ?? Number.POSITIVE_INFINITY);
    return oldEnoughAtMs - SKEW_MS - this.#world.now();
  }

  /** An extra mint. Returns how many there were in the last 24 hours. */
  minted(connection: string): number {
    add(this.#mintedMs, connection, this.#world.now());
    if (this.#forgotten.has(connection)) return 0;
    return countSince(this.#mintedMs, connection, this.#world.now() - DAY_MS);
  }

  /** A scheduled replacement of a token that no one complained about makes complaints credible again. */
  observe({ key, before, after, task }: TableWrite): void {
    const replaced = numberIn(before, 'publishedGeneration') ?? 0;
    const isReplacement = (numberIn(after, 'publishedGeneration') ?? 0) > replaced;
    const wasChallenged = this.#complainedAbout.get(key)?.has(replaced) === true;
    // Credentials that are new, or were refused, say nothing about the tokens of others.
    const isProbe =
      before?.status?.S !== 'active' || before.lastFailure?.M?.code?.S?.startsWith('invalid_') === true;
    if (isReplacement && task?.kind === 'scheduled' && !isProbe && !wasChallenged) this.#inARow.delete(key);
  }

  inARow(connection: string): number {
    return this.#inARow.get(connection) ?? 0;
  }

  isUsedUp(connection: string): boolean {
    return (
      this.#forgotten.has(connection) ||
      countSince(this.#honoredMs, connection, this.#world.now() - LONGER_DAY_MS) >= MOST_A_DAY
    );
  }
}

function add(timesMs: Map<string, number[]>, connection: string, atMs: number): void {
  timesMs.set(connection, [...(timesMs.get(connection) ?? []), atMs]);
}

function countSince(timesMs: ReadonlyMap<string, number[]>, connection: string, sinceMs: number): number {
  return (timesMs.get(connection) ?? []).filter((atMs) => atMs > sinceMs).length;
}
