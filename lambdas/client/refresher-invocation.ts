import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { hasName } from '../adapters/aws-errors.ts';
import { parseJsonObject } from '../core/json.ts';
import { REFRESH_OUTCOMES, type RefreshOutcome } from '../core/refresh/refresh-outcome.ts';
import type { AwsClient } from './aws-client.ts';
import { explainAwsError } from './explain-aws-error.ts';
import type { Warn } from './warn-once.ts';

/** The result of asking the refresher for a newer token than the rejected one. */
export type RefreshAnswer =
  | {
      readonly kind: 'answered';
      readonly outcome: RefreshOutcome;
      readonly retryAfterSeconds: number | undefined;
    }
  /** This consumer may not invoke the refresher. */
  | { readonly kind: 'denied' }
  /** It could not be reached, failed, or returned something unexpected. */
  | { readonly kind: 'unavailable' };

export type RefreshAsker = (connection: string, rejectedGeneration: number) => Promise<RefreshAnswer>;

/**
 * Invokes the refresher Lambda. Never throws: the caller still has Zoho's response. A failure is a warning. Lambda's SDK
 * is loaded on first use, because most processes never need it.
 */
export function createRefreshAsker(
  client: AwsClient | undefined,
  functionName: string,
  warn: Warn,
): RefreshAsker {
  const warnAbout = (reason: string, problem: string) =>
    warn({
      code: 'refresher_unavailable',
      reason,
      message: `${problem} Meanwhile a token that Zoho rejects is replaced only when its next refresh is due.`,
    });

  let lambda = client;
  async function invoke(payload: string): Promise<InvokeCommandOutput> {
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    lambda ??= new LambdaClient();
    const command = new InvokeCommand({ FunctionName: functionName, Payload: payload });
    return (await lambda.send(command)) as InvokeCommandOutput;
  }

  return async (connection, rejectedGeneration) => {
    const event = { action: 'refresh', connection, rejectedGeneration, reason: 'unauthorized' };
    try {
      const { Payload, FunctionError } = await invoke(JSON.stringify(event));
      const answer =
        FunctionError === undefined ? parseAnswer(new TextDecoder().decode(Payload)) : UNAVAILABLE;
      if (answer.kind === 'unavailable') {
        warnAbout('function-error', `The refresher ${functionName} failed. See its log.`);
      }
      return answer;
    } catch (error) {
      const call = { action: 'lambda:InvokeFunction', resource: functionName };
      const { kind, message } = explainAwsError(error, call);
      warnAbout(kind, message);
      return hasName(error, 'AccessDeniedException') ? { kind: 'denied' } : UNAVAILABLE;
    }
  };
}

const UNAVAILABLE: RefreshAnswer = { kind: 'unavailable' };

function parseAnswer(text: string): RefreshAnswer {
  const { outcome: given, retry_after_seconds: seconds }: Record<string, unknown> =
    parseJsonObject(text) ?? {};
  const outcome = REFRESH_OUTCOMES.find((known) => known === given);
  if (outcome === undefined) return UNAVAILABLE;
  return { kind: 'answered', outcome, retryAfterSeconds: typeof seconds === 'number' ? seconds : undefined };
}
