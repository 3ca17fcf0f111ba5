import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { classifyAwsError } from '../../adapters/aws-error-kinds.ts';
import { EVENT_SOURCE } from '../../core/connection/state-change.ts';
import { CONSENT_DETAIL_TYPE, consentEventDetail } from '../../core/invites/consent-event.ts';
import type { ConsentAnnouncer } from '../../core/invites/consent-ports.ts';
import type { Log } from '../../core/ports.ts';

/** Puts what happens to invites on the account's default event bus. Best effort: the row is written before. */
export function createConsentEventBus(
  client: EventBridgeClient,
  {
    log,
    ...deployment
  }: { readonly secretPrefix: string; readonly announcesEmail: boolean; readonly log: Log },
): ConsentAnnouncer {
  return {
    announce: async (event, abortSignal) => {
      const entry = {
        Source: EVENT_SOURCE,
        DetailType: CONSENT_DETAIL_TYPE,
        Time: new Date(event.atMs),
        Detail: JSON.stringify(consentEventDetail(event, deployment)),
      };
      try {
        const answer = await client.send(new PutEventsCommand({ Entries: [entry] }), { abortSignal });
        // EventBridge answers 200 even if it refuses an entry.
        const code = answer.Entries?.[0]?.ErrorCode;
        if (code !== undefined) log.warn('an event was refused', { invite: event.invite.id, error: code });
      } catch (error) {
        log.warn('an event could not be sent', { invite: event.invite.id, kind: classifyAwsError(error) });
      }
    },
  };
}
