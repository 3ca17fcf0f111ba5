import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { hasName } from '../adapters/aws-errors.ts';
import { parseJsonObject } from '../core/json.ts';
import { REFRESH_OUTCOMES, type RefreshOutcome } from '../core/refresh/refresh-outcome.ts';

/** What came of asking the refresher for a newer token than the rejected one. */
export type RefreshAnswer =
  | {
      readonly kind: 'answered';
      readonly outcome: RefreshOutcome;
      readonly retryAfterSeconds: number | undefined;
    }
  /** This consumer may not invoke the refresher. */
  | { readonly kind: 'denied' }
  /** It could not be reached, failed, or answered something else. */
  | { readonly kind: 'unavailable' };

export type RefreshAsker = (connection: string, rejectedGeneration: number) => Promise<RefreshAnswer>;

/** Asks the refresher Lambda by its name. Never throws. */
export function createRefreshAsker(client: LambdaClient, functionName: string): RefreshAsker {
  return async (connection, rejectedGeneration) => {
    const event = { action: 'refresh', connection, rejectedGeneration, reason: 'unauthorized' };
    try {
      const { Payload, FunctionError } = await client.send(
        new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
      );
      return FunctionError === undefined
        ? parseAnswer(Buffer.from(Payload ?? []).toString('utf8'))
        : UNAVAILABLE;
    } catch (error) {
      return hasName(error, 'AccessDeniedException') ? { kind: 'denied' } : UNAVAILABLE;
    }
  };
}

const UNAVAILABLE: RefreshAnswer = { kind: 'unavailable' };

function parseAnswer(text: string): RefreshAnswer {
  const json = parseJsonObject(text);
  const outcome = REFRESH_OUTCOMES.find((known) => known === json?.outcome);
  if (outcome === undefined) return UNAVAILABLE;
  const seconds = json?.retry_after_seconds;
  return { kind: 'answered', outcome, retryAfterSeconds: typeof seconds === 'number' ? seconds : undefined };
}
