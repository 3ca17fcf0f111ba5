import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type AwsCall, callAws, translateAwsError } from '../../adapters/aws-errors.ts';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE, type StateChange } from '../../core/connection/state-change.ts';
import { formatAuthorizedBy } from '../../core/consent/authorized-by.ts';
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
function detailOf(
  { state, connection, previousStatus, atMs, authorization }: StateChange,
  secretPrefix: string,
) {
  const { name, status, publishedGeneration, token, dataCenter, lastFailure } = connection;
  return {
    connection: name,
    state,
    status,
    previous_status: previousStatus,
    secret_prefix: secretPrefix,
    data_center: dataCenter ?? null,
    generation: publishedGeneration,
    expires_at: isoOf(token?.expiresAtMs),
    code: lastFailure?.code ?? null,
    reason: lastFailure?.message ?? null,
    at: new Date(atMs).toISOString(),
    authorized_by: (authorization?.by && formatAuthorizedBy(authorization.by)) ?? null,
    authorized_at: isoOf(authorization?.atMs),
  };
}

function isoOf(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : new Date(timeMs).toISOString();
}

function named(code: string | undefined): Error {
  return Object.assign(new Error('an entry was refused'), { name: code });
}
