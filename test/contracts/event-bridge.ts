import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { expect } from 'vitest';

type Check = (client: EventBridgeClient) => Promise<void>;

const GOOD: PutEventsRequestEntry = {
  Source: 'zoho-token-refresher',
  DetailType: 'Zoho Connection State Change',
  Detail: '{"connection":"crm-prod","state":"blocked"}',
  Time: new Date(Date.UTC(2026, 0, 5, 9)),
};

/** What the refresher's announcements rely on, checked through the SDK. Source: the API reference of PutEvents. */
export const eventBridgeContract: Readonly<Record<string, Check>> = {
  'an entry is taken under an id of its own': async (client) => {
    const { FailedEntryCount, Entries = [] } = await put(client, GOOD, GOOD);

    expect(FailedEntryCount).toBe(0);
    expect(new Set(Entries.map(({ EventId }) => EventId)).size).toBe(2);
    expect(Entries.every(({ ErrorCode }) => ErrorCode === undefined)).toBe(true);
  },
  'an entry that is refused does not fail the call, nor the entry beside it': async (client) => {
    const answer = await put(client, { ...GOOD, Detail: 'no JSON' }, GOOD);

    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries).toMatchObject([
      { ErrorCode: 'MalformedDetail', ErrorMessage: expect.any(String) },
      { EventId: expect.any(String) },
    ]);
  },
  ...Object.fromEntries(
    ['Source', 'DetailType', 'Detail'].map((field): [string, Check] => [
      `an entry without ${field} is refused`,
      async (client) => {
        const { Entries } = await put(client, { ...GOOD, [field]: undefined });

        expect(Entries).toMatchObject([{ ErrorCode: 'InvalidArgument' }]);
      },
    ]),
  ),
  'more than ten entries are refused as a whole': async (client) => {
    const eleven = Array.from({ length: 11 }, () => GOOD);

    await expect(put(client, ...eleven)).rejects.toMatchObject({ name: 'ValidationException' });
  },
};

function put(client: EventBridgeClient, ...Entries: PutEventsRequestEntry[]) {
  return client.send(new PutEventsCommand({ Entries }));
}
