import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { PageAnswer } from '../core/invites/consent-answers.ts';
import type { PagesRequest } from '../core/invites/consent-requests.ts';
import { parseJsonObject } from '../core/json.ts';
import { parsePageAnswer } from './page-answer.ts';

/** Asks ConsentApi, by its alias for pages. Never throws: without an answer, the visitor is asked to try again. */
export type ConsentApi = (request: PagesRequest) => Promise<PageAnswer>;

/** Gets the reason why there is no answer. It contains nothing of the request. */
export type ReportUnavailable = (problem: { readonly action: string; readonly reason: string }) => void;

/** API Gateway waits for 30 s at most. */
export const ANSWER_DEADLINE_MS = 25_000;

export function createConsentApi(
  lambda: LambdaClient,
  functionArn: string,
  report: ReportUnavailable,
): ConsentApi {
  return async (request) => {
    const unavailable = (reason: string): PageAnswer => {
      report({ action: request.action, reason });
      return { kind: 'unavailable' };
    };
    const command = new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify(request) });
    try {
      const { FunctionError: failure, Payload: payload } = await lambda.send(command, {
        abortSignal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
      });
      if (failure !== undefined) return unavailable(`ConsentApi failed (${failure}). See its log.`);
      const answer = parsePageAnswer(parseJsonObject(new TextDecoder().decode(payload)));
      return answer ?? unavailable('ConsentApi gave an answer that this version does not know.');
    } catch (error) {
      return unavailable(
        `lambda:InvokeFunction failed (${error instanceof Error ? error.name : 'unknown'}).`,
      );
    }
  };
}
