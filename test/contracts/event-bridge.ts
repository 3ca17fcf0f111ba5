import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { expect } from 'vitest';

/** One fact about PutEvents that any EventBridge keeps, checked through the SDK. */
export interface EventBridgeFact {
  readonly fact: string;
  check(client: EventBridgeClient): Promise<void>;
}

const GOOD: PutEventsRequestEntry = {
  Source: 'zoho-token-refresher',
  DetailType: 'Zoho Connection State Change',
  Detail: '{"connection":"crm-prod","state":"blocked"}',
  Time: new Date(Date.UTC(2026, 0, 5, 9)),
};

/** What the refresher's announcements rely on. Source: the API reference of PutEvents. */
export const eventBridgeContract: readonly EventBridgeFact[] = [
  {
    fact: 'an entry is taken under an id of its own',
    async check(client) {
      const { FailedEntryCount, Entries = [] } = await put(client, GOOD, GOOD);

      expect(FailedEntryCount).toBe(0);
      expect(new Set(Entries.map(({ EventId }) => EventId)).size).toBe(2);
      expect(Entries.every(({ ErrorCode }) => ErrorCode === undefined)).toBe(true);
    },
  },
  {
    fact: 'an entry that is refused does not fail the call, nor the entry beside it',
    async check(client) {
      const answer = await put(client, { ...GOOD, Detail: 'no JSON' }, GOOD);

      expect(answer.FailedEntryCount).toBe(1);
      expect(answer.Entries).toMatchObject([
        { ErrorCode: 'MalformedDetail', ErrorMessage: expect.any(String) },
        { EventId: expect.any(String) },
      ]);
    },
  },
  ...(['Source', 'DetailType', 'Detail'] as const).map(
    (field): EventBridgeFact => ({
      fact: `an entry without ${field} is refused`,
      async check(client) {
        const { Entries } = await put(client, { ...GOOD, [field]: undefined });

        expect(Entries).toMatchObject([{ ErrorCode: 'InvalidArgument' }]);
      },
    }),
  ),
  {
    fact: 'more than ten entries are refused as a whole',
    async check(client) {
      const eleven = Array.from({ length: 11 }, () => GOOD);

      await expect(put(client, ...eleven)).rejects.toMatchObject({ name: 'ValidationException' });
    },
  },
];

function put(client: EventBridgeClient, ...Entries: PutEventsRequestEntry[]) {
  return client.send(new PutEventsCommand({ Entries }));
}
