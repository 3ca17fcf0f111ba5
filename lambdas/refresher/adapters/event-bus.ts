import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type AwsCall, callAws, translateAwsError } from '../../adapters/aws-errors.ts';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE, type StateChange } from '../../core/connection/state-change.ts';
import type { StateChangeAnnouncer } from '../../core/ports.ts';

const CALL: AwsCall = { action: 'events:PutEvents', resource: 'the default event bus' };

/** Puts state changes on the account's default event bus of EventBridge. */
export function createEventBus(client: EventBridgeClient, secretPrefix: string): StateChangeAnnouncer {
  return {
    announce: async (changes, abortSignal) => {
      const Entries = changes.map((change) => ({
        Source: EVENT_SOURCE,
        DetailType: EVENT_DETAIL_TYPE,
        Time: new Date(change.atMs),
        Detail: JSON.stringify(detailOf(change, secretPrefix)),
      }));
      const answer = await callAws(CALL, () =>
        client.send(new PutEventsCommand({ Entries }), { abortSignal }),
      );
      // EventBridge answers 200 even if it refuses an entry.
      const refused = answer.Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (refused !== undefined) throw translateAwsError(named(refused.ErrorCode), CALL);
    },
  };
}

/** The `detail` of an event: a public contract, described in docs/alerting.md. Never contains a token. */
function detailOf({ state, connection, previousStatus, atMs }: StateChange, secretPrefix: string) {
  const { name, status, publishedGeneration, token, dataCenter, lastFailure } = connection;
  return {
    connection: name,
    state,
    status,
    previous_status: previousStatus,
    secret_prefix: secretPrefix,
    data_center: dataCenter ?? null,
    generation: publishedGeneration,
    expires_at: token === undefined ? null : new Date(token.expiresAtMs).toISOString(),
    code: lastFailure?.code ?? null,
    reason: lastFailure?.message ?? null,
    at: new Date(atMs).toISOString(),
  };
}

function named(code: string | undefined): Error {
  return Object.assign(new Error('an entry was refused'), { name: code });
}
