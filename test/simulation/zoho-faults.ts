import type { Fault } from '../../sandbox/zoho/faults.ts';
import { type Between, type CallPlan, type FaultTableOf, processFaults } from './call-plan.ts';

/** A planned call of Zoho. */
export interface ZohoCallPlan extends CallPlan {
  /** What the simulator of Zoho does instead of the regular answer. */
  readonly answerFault?: Fault | undefined;
  /** The lifetime in Zoho's answer, shorter than the real one. */
  readonly statedLifeSeconds?: number;
}

/** A call of Zoho without a fault. */
export function answeredByZoho(between: Between): CallPlan {
  const effectMs = between('way', 20, 400);
  return { effectMs, answerMs: effectMs + between('way back', 20, 400) };
}

const faultyAnswer = (weight: number, answerFault: Fault) =>
  [weight, (between: Between): ZohoCallPlan => ({ ...answeredByZoho(between), answerFault })] as const;

/** Transient faults of Zoho's token endpoint. */
export const ZOHO_FAULTS: FaultTableOf<ZohoCallPlan> = {
  'HTML with HTTP 503': faultyAnswer(2, { kind: 'html-5xx' }),
  'HTML with HTTP 503 after the mint': faultyAnswer(2, { kind: 'html-5xx', withEffect: true }),
  'HTML with HTTP 403': faultyAnswer(1, { kind: 'html-4xx' }),
  'JSON with HTTP 500': faultyAnswer(1, { kind: 'server-error-json' }),
  garbage: faultyAnswer(1, { kind: 'garbage' }),
  'garbage after the mint': faultyAnswer(2, { kind: 'garbage', withEffect: true }),
  'an empty body': faultyAnswer(1, { kind: 'empty', withEffect: true }),
  'a redirect': faultyAnswer(1, { kind: 'redirect' }),
  'an unknown error': faultyAnswer(1, { kind: 'error', error: 'general_error' }),
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
  'half a body': [2, (between) => ({ ...answeredByZoho(between), answerFault: { kind: 'slow-body' } })],
  slow: [
    3,
    (between) => ({ effectMs: between('way', 20, 1_900), answerMs: between('way back', 1_900, 19_000) }),
  ],
  throttled: faultyAnswer(2, { kind: 'throttle' }),
  'throttled in Chinese': faultyAnswer(1, { kind: 'throttle', variant: 'chinese' }),
  'throttled with HTTP 200': faultyAnswer(1, { kind: 'throttle', variant: 'legacy-200' }),
  'no expires_in': faultyAnswer(1, { kind: 'no-expires-in' }),
  'no api_domain': faultyAnswer(1, { kind: 'no-api-domain' }),
  'no scope': faultyAnswer(1, { kind: 'no-scope' }),
  'expires_in in milliseconds': faultyAnswer(8, { kind: 'legacy-expires-in' }),
  'a token with HTTP 500': faultyAnswer(1, { kind: 'odd-status' }),
  'a shorter life': [
    1,
    (between) => ({ ...answeredByZoho(between), statedLifeSeconds: between('life', 60, 3_599) }),
  ],
  'refused although it is good': [
    1,
    (between) => ({
      ...answeredByZoho(between),
      answerFault: { kind: 'error', error: between('error', 0, 1) === 0 ? 'invalid_code' : 'invalid_client' },
    }),
  ],
  ...processFaults(answeredByZoho),
};
