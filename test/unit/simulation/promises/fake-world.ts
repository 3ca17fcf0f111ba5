import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach } from 'vitest';
import type { DueList } from '../../../simulation/due-lists.ts';
import type { Item } from '../../../simulation/expressions.ts';
import type {
  ConnectionTruth,
  Period,
  Purpose,
  WorldView,
  WrittenVersion,
} from '../../../simulation/promises/promise.ts';
import type { TableWrite } from '../../../simulation/simulated-table.ts';
import type { ObservedCall } from '../../../simulation/simulated-zoho.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';

/** The connection under test, and another one. */
export const CONNECTION = 'crm-prod';
export const OTHER = 'books-in';

export const SCHEDULED = { kind: 'scheduled' } as const;
export const FORCED = { kind: 'forced', reason: 'operator' } as const;
export const COMPLAINT = { kind: 'forced', reason: 'unauthorized' } as const;

/** The world of the current test, and the violations in it. */
export let world: FakeWorld;
export let violations: string[];

/** Gives each test of a file a new world without violations. */
export function useFakeWorld(): void {
  beforeEach(() => {
    world = new FakeWorld();
    violations = [];
  });
}

export const violate = (message: string) => violations.push(message);

/** The violations since the last time. */
export const newViolations = () => violations.splice(0);

/** A world that shows a check what the test sets. */
export class FakeWorld implements WorldView {
  nowMs = NOW_MS;
  calmSince = NOW_MS - 24 * HOUR_MS;
  longestLeaseMs = 75_000;
  refreshJitterMs = 60_000;
  parkAfterMs = 7 * 24 * HOUR_MS;
  acceptsRotation = true;
  isHanging = false;
  credentials: { readonly text: string; readonly versionId: string } | undefined;
  rotated: { readonly text: string; readonly versionId: string } | undefined;
  /** The refresh tokens that Zoho accepts. */
  readonly accepted = new Set<string>();
  secrets: readonly string[] = [];
  truth: ConnectionTruth = {
    name: CONNECTION,
    goodSinceMs: NOW_MS - 24 * HOUR_MS,
    changedAtMs: NOW_MS - 24 * HOUR_MS,
    malformedUntilMs: Number.NEGATIVE_INFINITY,
    isDeclared: true,
    location: 'eu',
    clientId: '1000.CLIENT',
    severity: 'page',
    tokenLifeMs: HOUR_MS,
    storedVersionId: 'stored',
    versionsWith: () => 1,
  };
  readonly rows = new Map<string, Item>();
  /** Until when the row of the connection waits for a time that someone else wrote. */
  postponedMs = 0;
  /** When Zoho is wrong about the connection. */
  refusals: readonly Period[] = [];
  readonly versions: WrittenVersion[] = [];
  readonly validTokens = new Set<string>();
  /** When the lives of tokens end at Zoho. */
  readonly ends = new Map<string, number>();
  token: { readonly text: string; readonly versionId: string } | undefined;

  now(): number {
    return this.nowMs;
  }

  topicsCalmSinceMs(): number {
    return this.calmSince;
  }

  calmSinceMs(): number {
    return this.calmSince;
  }

  isTableHanging(): boolean {
    return this.isHanging;
  }

  connections(): readonly ConnectionTruth[] {
    const malformed = { malformedUntilMs: Number.POSITIVE_INFINITY, isDeclared: false };
    return [{ ...this.truth, ...malformed, name: OTHER }, this.truth];
  }

  dueList(): DueList {
    return 'declared';
  }

  row(connection: string): Item | undefined {
    return this.rows.get(connection);
  }

  postponedUntilMs(connection: string): number {
    return connection === CONNECTION ? this.postponedMs : 0;
  }

  currentToken(connection: string) {
    return connection === CONNECTION ? this.token : undefined;
  }

  wrongRefusals(connection: string): readonly Period[] {
    return connection === CONNECTION ? this.refusals : [];
  }

  rotatedCredentials(connection: string) {
    return connection === CONNECTION ? this.rotated : undefined;
  }

  acceptsRefreshToken(connection: string, refreshToken: string): boolean {
    return connection === CONNECTION && this.accepted.has(refreshToken);
  }

  currentCredentials(connection: string) {
    return connection === CONNECTION ? this.credentials : undefined;
  }

  versionsWritten(connection: string): readonly WrittenVersion[] {
    return connection === CONNECTION ? this.versions : [];
  }

  isValidAtZoho(accessToken: string): boolean {
    return this.validTokens.has(accessToken);
  }

  endsAtZohoMs(accessToken: string): number | undefined {
    return this.ends.get(accessToken);
  }

  secretTexts(): readonly string[] {
    return this.secrets;
  }

  pass(ms: number): void {
    this.nowMs += ms;
  }

  /** Changes what is true of the connection. */
  change(truth: Partial<ConnectionTruth>): void {
    this.truth = { ...this.truth, ...truth };
  }

  /** The product or an operator writes a token, which readers get from now on. */
  publish({
    generation,
    lifeMs = HOUR_MS,
    by = 'scheduled',
    text,
  }: {
    readonly generation: number;
    readonly lifeMs?: number;
    readonly by?: Purpose | 'human';
    readonly text?: string;
  }): void {
    const token = {
      access_token: `token-${generation}`,
      generation,
      issued_at: new Date(this.nowMs).toISOString(),
      expires_at: new Date(this.nowMs + lifeMs).toISOString(),
    };
    this.token = { text: text ?? JSON.stringify(token), versionId: `version-${this.versions.length}-${by}` };
    if (by === 'human') return;
    this.validTokens.add(token.access_token);
    this.versions.push({ atMs: this.nowMs, kind: by, generation });
  }
}

type Plain =
  | string
  | number
  | readonly number[]
  | { readonly code: string; readonly at: number }
  | readonly { readonly versionId: string; readonly first: number; readonly at: number }[];

/** An item with these attributes and no others. */
export function item(attributes: Readonly<Record<string, Plain | undefined>>): Item {
  return marshall({ connection: CONNECTION, ...attributes }, { removeUndefinedValues: true });
}

/** The row of a connection that was just refreshed. */
export function activeItem(overrides: Readonly<Record<string, Plain | undefined>> = {}): Item {
  return item({
    status: 'active',
    queue: 'due',
    generation: 7,
    publishedGeneration: 7,
    nextAttemptAt: NOW_MS + 53 * MINUTE_MS,
    tokenExpiresAt: NOW_MS + HOUR_MS,
    failures: 0,
    mints: [],
    publishes: [],
    ...overrides,
  });
}

/** A write of a row. */
export function write(
  before: Item | undefined,
  after: Item,
  task: TableWrite['task'] = SCHEDULED,
): TableWrite {
  return { key: CONNECTION, before, after, task };
}

/** A write of an older state of a row, by a restored backup. */
export function restored(before: Item, after: Item): TableWrite {
  return { ...write(before, after), task: undefined };
}

/** The lease is released with this row. `before` gives the last failure that was known when the lease was taken. */
export function leaseReleased(after: Item, before: Item = activeItem()): TableWrite {
  const { lastFailure: _, ...rest } = after;
  const known = before.lastFailure === undefined ? {} : { lastFailure: before.lastFailure };
  return write({ ...rest, ...known, leaseOwner: { S: 'P0-0' }, leaseUntil: { N: '1' } }, after);
}

/** The lease of this row is taken. */
export function leaseTaken(before: Item, task: NonNullable<TableWrite['task']>): TableWrite {
  return write(before, { ...before, leaseOwner: { S: 'P0-0' } }, task);
}

/** A call of Zoho's token endpoint. */
export function call(overrides: Partial<ObservedCall> = {}): ObservedCall {
  return {
    name: 'P0 call 3 token',
    sentAtMs: NOW_MS,
    task: SCHEDULED,
    dataCenter: 'eu',
    refreshToken: '1000.refresh',
    clientSecret: 'client-secret',
    ...overrides,
  };
}
