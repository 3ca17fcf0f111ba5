import type { Fault } from '../../sandbox/zoho/faults.ts';
import { type Between, type CallPlan, type FaultTableOf, processFaults } from './call-plan.ts';

/** A call of Zoho, and how the simulator spoils its answer. */
export interface ZohoCallPlan extends CallPlan {
  readonly spoil?: Fault | undefined;
  /** Zoho tells a shorter life than it gives, in seconds. */
  readonly toldLifeSeconds?: number;
}

/** A call of Zoho that goes well. */
export function answeredByZoho(between: Between): CallPlan {
  const effectMs = between('way', 20, 400);
  return { effectMs, answerMs: effectMs + between('way back', 20, 400) };
}

const spoiled = (weight: number, spoil: Fault) =>
  [weight, (between: Between): ZohoCallPlan => ({ ...answeredByZoho(between), spoil })] as const;

/** What can happen to a call of Zoho's token endpoint and soon passes. */
export const ZOHO_FAULTS: FaultTableOf<ZohoCallPlan> = {
  'HTML with HTTP 503': spoiled(2, { kind: 'html-5xx' }),
  'HTML with HTTP 503 after the mint': spoiled(2, { kind: 'html-5xx', withEffect: true }),
  'HTML with HTTP 403': spoiled(1, { kind: 'html-4xx' }),
  'JSON with HTTP 500': spoiled(1, { kind: 'server-error-json' }),
  garbage: spoiled(1, { kind: 'garbage' }),
  'garbage after the mint': spoiled(2, { kind: 'garbage', withEffect: true }),
  'an empty body': spoiled(1, { kind: 'empty', withEffect: true }),
  'a redirect': spoiled(1, { kind: 'redirect' }),
  'an unknown error': spoiled(1, { kind: 'error', error: 'general_error' }),
  'reset before the mint': [
    1,
    (between) => ({ effectMs: undefined, answerMs: between('way', 20, 900), error: 'ECONNRESET' }),
  ],
  'reset after the mint': [3, (between) => ({ ...answeredByZoho(between), error: 'ECONNRESET' })],
  'no answer': [1, () => ({ effectMs: undefined, answerMs: undefined })],
  'no answer after the mint': [
    3,
    (between) => ({ effectMs: between('way', 20, 1_500), answerMs: undefined }),
  ],
  'half a body': [2, (between) => ({ ...answeredByZoho(between), spoil: { kind: 'slow-body' } })],
  slow: [
    3,
    (between) => ({ effectMs: between('way', 20, 1_900), answerMs: between('way back', 1_900, 19_000) }),
  ],
  throttled: spoiled(2, { kind: 'throttle' }),
  'throttled in Chinese': spoiled(1, { kind: 'throttle', variant: 'chinese' }),
  'throttled with HTTP 200': spoiled(1, { kind: 'throttle', variant: 'legacy-200' }),
  'no expires_in': spoiled(1, { kind: 'no-expires-in' }),
  'no api_domain': spoiled(1, { kind: 'no-api-domain' }),
  'no scope': spoiled(1, { kind: 'no-scope' }),
  'expires_in in milliseconds': spoiled(2, { kind: 'legacy-expires-in' }),
  'a token with HTTP 500': spoiled(1, { kind: 'odd-status' }),
  'a shorter life': [
    1,
    (between) => ({ ...answeredByZoho(between), toldLifeSeconds: between('life', 60, 3_599) }),
  ],
  'refused although it is good': [
    1,
    (between) => ({
      ...answeredByZoho(between),
      spoil: { kind: 'error', error: between('error', 0, 1) === 0 ? 'invalid_code' : 'invalid_client' },
    }),
  ],
  ...processFaults(answeredByZoho),
};
