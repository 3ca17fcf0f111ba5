/** Whose metrics these are. */
export interface MetricsSource {
  /** Value of the `service` dimension: the prefix of the secrets, which identifies the installation. */
  readonly secretPrefix: string;
  readonly connection: string;
  /** Whether the connection has a metric of its own, for which CloudWatch charges. The fleet's counts all connections. */
  readonly hasOwnMetrics: () => boolean;
}

/** What a client counted of one connection in one minute. */
export interface MinuteCounts {
  readonly source: MetricsSource;
  /** Time of the minute's first event, in milliseconds since the epoch. */
  readonly firstAtMs: number;
  /** API calls that Zoho answered with anything but "not authorized". */
  readonly accepted: number;
  /** API calls that Zoho answered with "not authorized". */
  readonly unauthorized: number;
  /** Failed reads of the token secret while a valid token was in memory. */
  readonly secretUnavailable: number;
}

/** A way to send counts to CloudWatch. */
export interface MetricsDelivery {
  /** How long counts may be held before they are sent, in milliseconds. */
  readonly maxWaitMs: number;
  /** Whether the counts of the current minute must be sent now. Called for every event, so it must be cheap. */
  isUrgent(counts: MinuteCounts): boolean;
  /**
   * Sends counts. Passes those that can never be sent to `drop`, and returns those whose failure may pass. Never throws or rejects: it
   * warns about a failure.
   */
  deliver(
    counts: readonly MinuteCounts[],
    drop: (lost: readonly MinuteCounts[]) => void,
  ): Kept | Promise<Kept>;
}

type Kept = readonly MinuteCounts[];

/** What follows from counts that are not delivered. */
export const MISSING = 'The alarm UnauthorizedSpike does not see them.';
