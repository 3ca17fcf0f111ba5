import type { CallFilter } from './faults.ts';

/** Which call to hold, and when it takes effect. */
export interface HoldRequest extends CallFilter {
  /** Whether the token is minted before or after the wait. @default 'on-arrival' */
  readonly takesEffect?: 'on-arrival' | 'on-release';
}

/** A call of the token endpoint that waits for the test, so that a client can be killed, or the clock moved, during a mint. */
export interface HeldCall {
  /** Settles when the request has been read and, unless it takes effect on release, the token has been minted. */
  readonly received: Promise<void>;
  /** Answers as Zoho would have. Allowed after the client has gone: a late mint still happens. */
  release(): void;
  /** Resets the connection without an answer. */
  abandon(): void;
}

/** Both sides of a held call. */
export interface HeldCallGate {
  readonly handle: HeldCall;
  readonly takesEffect: 'on-arrival' | 'on-release';
  /** Reports that the call has arrived, and waits for the decision. */
  wait(): Promise<'released' | 'abandoned'>;
}

/** Makes a gate for one call. */
export function createHeldCallGate({ takesEffect = 'on-arrival' }: HoldRequest): HeldCallGate {
  let arrive = () => {};
  let decide = (_decision: 'released' | 'abandoned') => {};
  const received = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const decision = new Promise<'released' | 'abandoned'>((resolve) => {
    decide = resolve;
  });

  return {
    handle: { received, release: () => decide('released'), abandon: () => decide('abandoned') },
    takesEffect,
    wait: () => {
      arrive();
      return decision;
    },
  };
}
