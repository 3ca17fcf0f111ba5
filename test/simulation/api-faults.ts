import { type Between, type CallPlan, type FaultTableOf, processFaults } from './call-plan.ts';

/** A planned call of one of Zoho's APIs. */
export interface ApiCallPlan extends CallPlan {
  /** Answers so instead of looking at the token. */
  readonly answer?: { readonly status: number; readonly body: string };
  /** After its first bytes, the body of the answer never comes to its end. */
  readonly stalls?: boolean;
}

/** A call of an API without a fault. */
export function answeredByApi(between: Between): CallPlan {
  const effectMs = between('way', 10, 300);
  return { effectMs, answerMs: effectMs + between('way back', 10, 300) };
}

const faultyAnswer = (status: number, body: string) =>
  [1, (between: Between): ApiCallPlan => ({ ...answeredByApi(between), answer: { status, body } })] as const;

/** Faults of Zoho's APIs and of what is between them and a consumer. */
export const API_FAULTS: FaultTableOf<ApiCallPlan> = {
  'HTTP 500': faultyAnswer(500, '{"code":"INTERNAL_ERROR"}'),
  'HTML with HTTP 401': faultyAnswer(401, '<!doctype html><title>Proxy</title>'),
  'an unknown code with HTTP 401': faultyAnswer(401, '{"code":"SOMETHING_NEW"}'),
  'too many requests': faultyAnswer(429, '{"code":"TOO_MANY_REQUESTS"}'),
  'a body that stalls': [2, (between) => ({ ...answeredByApi(between), stalls: true })],
  reset: [1, (between) => ({ effectMs: undefined, answerMs: between('way', 10, 900), error: 'ECONNRESET' })],
  'no answer': [3, () => ({ effectMs: undefined, answerMs: undefined })],
  slow: [
    2,
    (between) => ({ effectMs: between('way', 10, 2_000), answerMs: between('way back', 2_000, 50_000) }),
  ],
  ...processFaults(answeredByApi),
};
