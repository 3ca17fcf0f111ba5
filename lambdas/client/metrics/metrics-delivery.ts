import type { Warn } from '../warn-once.ts';

/** Whose metrics these are. */
export interface MetricsSource {
  /** Value of the `service` dimension: the prefix of the secrets, which identifies the installation. */
  readonly secretPrefix: string;
  readonly connection: string;
  /** Whether the connection has a metric of its own, for which CloudWatch charges. The fleet's counts all connections. */
  readonly hasOwnMetrics: () => boolean;
  readonly warn: Warn;
}

/** What a client counted in one minute. */
export interface MinuteCounts {
  /** Time of the minute's first event, in milliseconds since the epoch. */
  readonly firstAtMs: number;
  /** API calls that Zoho answered with anything but "not authorized". */
  readonly accepted: number;
  /** API calls that Zoho answered with "not authorized". */
  readonly unauthorized: number;
  /** Failed reads of the token secret while a valid token was in memory. */
  readonly secretUnavailable: number;
}

/** Counts that could not be sent. */
export interface Undelivered {
  /** The failure may pass: send them again. */
  readonly kept: readonly MinuteCounts[];
  /** They can never be sent. */
  readonly dropped: readonly MinuteCounts[];
}

/** A way to send counts to CloudWatch. */
export interface MetricsDelivery {
  /** How long counts may be held before they are sent, in milliseconds. */
  readonly maxWaitMs: number;
  /** Whether the counts of the current minute must be sent now. Called for every event, so it must be cheap. */
  isUrgent(counts: MinuteCounts): boolean;
  /** Sends the counts of one or more minutes. Never throws or rejects: it warns about a failure. */
  deliver(minutes: readonly MinuteCounts[]): Undelivered | Promise<Undelivered>;
}
