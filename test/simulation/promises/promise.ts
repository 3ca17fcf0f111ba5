import type { PublishCommandInput } from '@aws-sdk/client-sns';
import type { Location } from '../../../sandbox/zoho/data-centers.ts';
import type { AnswerKind } from '../answer-kind.ts';
import type { DueList } from '../due-lists.ts';
import type { Item } from '../expressions.ts';
import type { ApiRequest } from '../simulated-api.ts';
import type { TableWrite } from '../simulated-table.ts';
import type { ObservedCall } from '../simulated-zoho.ts';
import type { ConsumerCall, ConsumerResult, RefreshRequest } from './consumer-facts.ts';

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
  I11: 'rotated credentials are kept',
  C1: 'no expired token',
  C2: 'every call ends in time',
  C3: 'a shared budget',
  C4: 'serving again',
  C5: 'a token goes only to Zoho',
} as const;
export type PromiseId = keyof typeof PROMISE_NAMES;

/** A promise that was broken. */
export interface Violation {
  readonly promise: PromiseId;
  readonly message: string;
}

export interface Period {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The true state of a connection, which no process of the product knows. */
export interface ConnectionTruth {
  readonly name: string;
  /** Since when Zoho accepts the credentials in the secret; undefined while it does not. */
  readonly goodSinceMs: number | undefined;
  /** When the credentials secret was last written, by an operator. */
  readonly changedAtMs: number;
  /** The version that the operator wrote. */
  readonly storedVersionId: string;
  /** Until when the secret's text could not be parsed as credentials. */
  readonly malformedUntilMs: number;
  readonly isDeclared: boolean;
  readonly location: Location;
  readonly clientId: string;
  /** Who is notified about the declared connection. */
  readonly severity: 'page' | 'ticket' | 'none';
  /** How long the tokens live that Zoho issues now. */
  readonly tokenLifeMs: number;
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

/** A simulated world as seen from outside. */
export interface WorldView {
  now(): number;
  /** When the last disturbance ended that the system may need time to recover from. */
  calmSinceMs(): number;
  /** The same for notifications, which an outage of SNS disturbs as well. */
  topicsCalmSinceMs(): number;
  /** Whether DynamoDB accepts calls now and answers none. */
  isTableHanging(): boolean;
  /** The longest lease that any deployment of this world takes. */
  readonly longestLeaseMs: number;
  readonly refreshJitterMs: number;
  /** A connection that is blocked for so long is parked. */
  readonly parkAfterMs: number;
  connections(): readonly ConnectionTruth[];
  /** The schedule that takes the connection. Each spreads its own renewals. */
  dueList(connection: string): DueList;
  row(connection: string): Item | undefined;
  /** Until when a row waits because someone else wrote that time into it; 0 if no one did. */
  postponedUntilMs(connection: string): number;
  /** Text and version of the token secret that a consumer reads now. */
  currentToken(connection: string): { readonly text: string; readonly versionId: string } | undefined;
  currentCredentials(connection: string): { readonly text: string; readonly versionId: string } | undefined;
  /** The refresh token that Zoho has rotated last and the product has stored, with what else the credentials contain. */
  rotatedCredentials(connection: string): { readonly text: string; readonly versionId: string } | undefined;
  /** Whether Zoho accepts a refresh token of the connection now. */
  acceptsRefreshToken(connection: string, refreshToken: string): boolean;
  /** Whether the deployment stores refresh tokens that Zoho rotates. */
  readonly acceptsRotation: boolean;
  /** When Zoho refuses the valid credentials of a connection, also in the future. */
  wrongRefusals(connection: string): readonly Period[];
  /** Versions that the product has written to the token secret, without late deliveries. */
  versionsWritten(connection: string): readonly WrittenVersion[];
  isValidAtZoho(accessToken: string): boolean;
  /** When the life of an access token ends at Zoho; undefined if it was revoked or deleted before. */
  endsAtZohoMs(accessToken: string): number | undefined;
  /** Everything that must never leave the product. */
  secretTexts(): Iterable<string>;
}

export type Purpose = 'scheduled' | 'forced';

/** Checks one promise. Its methods are called for everything that happens in the world. */
export interface PromiseCheck {
  onCallSent?(call: ObservedCall, connection: string): void;
  onCallReceived?(call: ObservedCall, connection: string): void;
  onCallAnswered?(call: ObservedCall, connection: string, kind: AnswerKind): void;
  onCallOver?(call: ObservedCall, connection: string): void;
  /** A call has issued a refresh token that replaces the one that was used. */
  onRotated?(call: ObservedCall, connection: string, refreshToken: string): void;
  /** The product has written to the credentials secret. */
  onCredentialsRotated?(connection: string): void;
  onRowWritten?(write: TableWrite): void;
  onTokenSecretChanged?(connection: string, author: Purpose | 'human'): void;
  /** Called every 20 seconds. */
  onCheck?(): void;
  /** A process starts to publish an event with this JSON. */
  onAnnounced?(detail: string): void;
  /** A process starts to publish to a topic. */
  onNotificationSent?(notification: PublishCommandInput): void;
  /** SNS has accepted what was published. */
  onNotified?(notification: PublishCommandInput): void;
  /** A log line, metrics, an answer or an error left a process. */
  onOutput?(output: unknown): void;
  /** A consumer calls the client library. */
  onConsumerCalled?(call: ConsumerCall): void;
  onConsumerReturned?(call: ConsumerCall, result: ConsumerResult): void;
  /** A request leaves a consumer's process for an API. */
  onApiRequest?(request: ApiRequest): void;
  /** An API's answer has reached a consumer's process. */
  onApiAnswered?(request: ApiRequest, answer: { readonly status: number; readonly isDead: boolean }): void;
  /** Someone invokes the refresher. */
  onRefreshRequested?(request: RefreshRequest): void;
  /** The refresher's answer; undefined if the invocation failed. The time does not count pauses of the process. */
  onRefreshAnswered?(request: RefreshRequest, answer: unknown, tookMs: number): void;
  onEnd?(): void;
}

export type Violate = (message: string) => void;

/** The number in an attribute of a row; undefined when it is missing. */
export function numberIn(item: Item | undefined, attribute: string): number | undefined {
  const text = item?.[attribute]?.N;
  return text === undefined ? undefined : Number(text);
}

/** When the row is attempted next. It may be due earlier, for notifications only. */
export function attemptAtIn(item: Item | undefined): number | undefined {
  return numberIn(item, 'attemptAt') ?? numberIn(item, 'nextAttemptAt');
}

/** The times in a list attribute of a row. */
export function timesIn(item: Item | undefined, attribute: string): number[] {
  return (item?.[attribute]?.L ?? []).map(({ N }) => Number(N));
}

/** Whether the write releases a lease. */
export function isLeaseReleased({ before, after }: TableWrite): boolean {
  return before?.leaseOwner !== undefined && after.leaseOwner === undefined;
}

/** Whether the write takes a lease. */
export function isLeaseTaken({ before, after }: TableWrite): boolean {
  return after.leaseOwner !== undefined && after.leaseOwner.S !== before?.leaseOwner?.S;
}

/** Whether Zoho has issued a token that cannot be stored: another one is requested after a pause, as after a throttle. */
export function isUnusableToken(code: string | undefined): boolean {
  return code === 'token_too_long' || code === 'too_large_to_seal';
}
