import { type CredentialsAnswer, isMassRefusal, recordAnswer } from '../core/refresh/mass-refusal.ts';

/**
 * Which credentials Zoho's data centers refuse, for as long as the Lambda environment lives. A new environment knows
 * nothing, so that it may take the first two refusals of a mass refusal for those of single connections; they are asked again.
 */
export interface AnswerMemory {
  record(answer: CredentialsAnswer): void;
  /** True if the data center refuses many connections of several clients at once. */
  isMassRefusal(dataCenter: string, nowMs: number): boolean;
}

export function createAnswerMemory(): AnswerMemory {
  let refusals: readonly CredentialsAnswer[] = [];
  return {
    record: (answer) => {
      refusals = recordAnswer(refusals, answer);
    },
    isMassRefusal: (dataCenter, nowMs) => isMassRefusal(refusals, dataCenter, nowMs),
  };
}
