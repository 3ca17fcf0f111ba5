import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { classifyAwsError } from '../../adapters/aws-error-kinds.ts';
import { untilAborted } from '../../adapters/until-aborted.ts';
import { firstAbortOf } from '../../core/first-abort.ts';
import type { RefresherCaller } from '../../core/invites/consent-ports.ts';
import type { Clock, Log } from '../../core/ports.ts';

/** API Gateway waits 30 s for all of it, and a visitor less. */
const PATIENCE_MS = 5_000;

/** Asks the refresher through its alias for operators, and waits for 5 seconds at most: the refresh goes on. */
export function createRefresherCaller(
  client: LambdaClient,
  { target, clock, log }: { readonly target: string; readonly clock: Clock; readonly log: Log },
): RefresherCaller {
  return {
    refresh: async (connection, deadline) => {
      const event = { action: 'refresh', connection, reason: 'operator' };
      const command = new InvokeCommand({ FunctionName: target, Payload: JSON.stringify(event) });
      const { signal, release } = firstAbortOf([deadline, clock.abortAfter(PATIENCE_MS)]);
      try {
        await untilAborted(signal, client.send(command, { abortSignal: signal }));
      } catch (error) {
        // The row says whether a token is live. The schedule refreshes the connection in any case.
        log.warn('the refresher did not answer', { connection, kind: classifyAwsError(error) });
      } finally {
        release();
      }
    },
  };
}
