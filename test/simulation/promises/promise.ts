import type { Item } from '../expressions.ts';
import type { TableWrite } from '../simulated-table.ts';
import type { ObservedCall, Told } from '../simulated-zoho.ts';

/** The names of the promises, by their numbers in docs/design.md. */
export const PROMISE_NAMES = {
  I0: 'no unforeseen error',
  I1: 'one mint at a time',
  I2: 'budgets',
  I3: 'never back',
  I4: 'a valid token',
  I5: 'never lost',
  I6: 'blocked for a reason, healed in time',
  I7: 'no secret outside',
  I8: 'no hammering',
  I9: 'spread over time',
  I10: 'announced as it happened',
} as const;
export type PromiseId = keyof typeof PROMISE_NAMES;

/** A promise that was broken. */
export interface Violation {
  readonly promise: PromiseId;
  readonly message: string;
}

/** The truth about a connection, which no process of the product knows. */
export interface ConnectionTruth {
  readonly name: string;
  /** Since when the credentials in the secret are ones that Zoho accepts; undefined while they are not. */
  readonly goodSinceMs: number | undefined;
  /** Since when the credentials secret holds what it holds. */
  readonly changedAtMs: number;
  /** Until when its text could not be read as credentials, if ever. */
  readonly malformedUntilMs: number;
  readonly isDeclared: boolean;
  /** How many versions of the credentials secret hold these credentials (see {@link credentialsKey}). */
  readonly versionsWith: (credentials: string) => number;
}

/** Identifies what Zoho judges: the same refresh token and client secret are others in another data center. */
export function credentialsKey(dataCenter: string, refreshToken: string, clientSecret: string): string {
  return `${dataCenter} ${refreshToken} ${clientSecret}`;
}

/** A version that the product has written to a token secret. */
export interface WrittenVersion {
  readonly atMs: number;
  readonly kind: Purpose;
  readonly generation: number;
}

/** What can be known of a simulated world from outside. */
export interface WorldView {
  now(): number;
  /** The end of the last trouble that the system may need time to get over. */
  calmSinceMs(): number;
  /** Length of the longest lease that a deployment of this world takes. */
  readonly longestLeaseMs: number;
  readonly refreshJitterMs: number;
  connections(): readonly ConnectionTruth[];
  row(connection: string): Item | undefined;
  /** Text and version of what a consumer reads now. */
  currentToken(connection: string): { readonly text: string; readonly versionId: string } | undefined;
  /** Versions that the product has written to the token secret, late deliveries apart. */
  versionsWritten(connection: string): readonly WrittenVersion[];
  isValidAtZoho(accessToken: string): boolean;
  /** Everything that must never be seen outside. */
  secretTexts(): Iterable<string>;
}

export type Purpose = 'scheduled' | 'forced';

/** One promise: it is told of everything that it may want to judge. */
export interface PromiseCheck {
  onCallSent?(call: ObservedCall, connection: string): void;
  onCallReceived?(call: ObservedCall, connection: string): void;
  onCallAnswered?(call: ObservedCall, connection: string, told: Told): void;
  onCallOver?(call: ObservedCall, connection: string): void;
  onRowWritten?(write: TableWrite): void;
  onTokenSecretChanged?(connection: string, author: Purpose | 'human'): void;
  /** Every few seconds. */
  onCheck?(): void;
  /** A process begins to announce a change, with this JSON. */
  onAnnounced?(detail: string): void;
  /** Something that left a process: a log line, metrics, an answer, an error. */
  onOutput?(output: unknown): void;
  onEnd?(): void;
}

export type Violate = (message: string) => void;

/** The number in an attribute of a row, or undefined when it is absent. */
export function numberIn(item: Item | undefined, attribute: string): number | undefined {
  const text = item?.[attribute]?.N;
  return text === undefined ? undefined : Number(text);
}

/** The times in a list of a row. */
export function timesIn(item: Item | undefined, attribute: string): number[] {
  return (item?.[attribute]?.L ?? []).map(({ N }) => Number(N));
}

/** The writer has given its lease back. */
export function isGivenBack({ before, after }: TableWrite): boolean {
  return before?.leaseOwner !== undefined && after.leaseOwner === undefined;
}

/** The writer has taken a lease. */
export function isLeaseTaken({ before, after }: TableWrite): boolean {
  return after.leaseOwner !== undefined && after.leaseOwner.S !== before?.leaseOwner?.S;
}
