import { type Between, type CallPlan, type FaultTableOf, processFaults } from './call-plan.ts';

/** The SDK gives up after three attempts of five seconds each. */
const SDK_GIVES_UP_MS = 15_500;

/** A call of AWS without a fault. */
export function answeredByAws(between: Between): CallPlan {
  const effectMs = between('way', 2, 30);
  return { effectMs, answerMs: effectMs + between('way back', 2, 30) };
}

/** Faults of DynamoDB and Secrets Manager that the SDK's own retries do not hide. */
export const AWS_FAULTS: FaultTableOf<CallPlan> = {
  denied: [2, () => refused('AccessDeniedException', 20)],
  throttled: [3, (between) => refused('ThrottlingException', between('attempts', 100, 2_000))],
  'error without effect': [3, (between) => refused('InternalServerError', between('attempts', 100, 5_000))],
  'error with effect': [
    3,
    (between) => ({
      effectMs: between('way', 2, 2_000),
      answerMs: between('attempts', 2_001, 5_000),
      error: 'InternalServerError',
    }),
  ],
  'timeout without effect': [
    2,
    () => ({ effectMs: undefined, answerMs: SDK_GIVES_UP_MS, error: 'TimeoutError' }),
  ],
  'timeout with effect': [
    3,
    (between) => ({ effectMs: between('way', 2, 15_000), answerMs: SDK_GIVES_UP_MS, error: 'TimeoutError' }),
  ],
  'no answer': [2, (between) => ({ effectMs: between('way', 2, 5_000), answerMs: undefined })],
  'takes effect long after the caller gave up': [
    2,
    (between) => ({
      effectMs: between('way', 16_000, 200_000),
      answerMs: SDK_GIVES_UP_MS,
      error: 'TimeoutError',
    }),
  ],
  'answer lost, tried again': [
    4,
    (between) => ({
      effectMs: between('way', 2, 100),
      effectAgainMs: 5_000 + between('second way', 100, 400),
      answerMs: 5_600,
      answersSecond: true,
    }),
  ],
  'delivered again later': [
    3,
    (between) => ({ ...answeredByAws(between), effectAgainMs: between('second way', 100, 200_000) }),
  ],
  slow: [
    3,
    (between) => ({ effectMs: between('way', 2, 4_000), answerMs: between('way back', 4_000, 14_000) }),
  ],
  ...processFaults(answeredByAws),
};

/** Faults of outages, and of no single call. */
export const AWS_OUTAGE_FAULTS: FaultTableOf<CallPlan> = {
  ...AWS_FAULTS,
  disabled: [0, () => refused('DisabledException', 20)],
  deleted: [0, () => refused('ResourceNotFoundException', 20)],
};

function refused(error: string, answerMs: number): CallPlan {
  return { effectMs: undefined, answerMs, error };
}
