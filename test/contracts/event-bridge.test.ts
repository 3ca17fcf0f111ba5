import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { type EventBridgeStandIn, startEventBridge } from '../../sandbox/aws/event-bridge.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { NOW_MS } from '../support/builders.ts';
import { eventBridgeContract } from './event-bridge.ts';

let standIn: EventBridgeStandIn;
let client: EventBridgeClient;
beforeAll(async () => {
  standIn = await startEventBridge({ clock: new ManualClock(NOW_MS) });
  client = new EventBridgeClient({ ...clientConfigFor(standIn.endpoint), maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await standIn.close();
});

describe("the sandbox's EventBridge", () => {
  for (const [fact, check] of Object.entries(eventBridgeContract)) it(fact, () => check(client));

  it('delivers what it has taken, and only that', () => {
    const taken = standIn.events.map(({ source, time, detail }) => ({ source, time, detail }));

    expect(taken).toHaveLength(3);
    expect(taken[0]).toEqual({
      source: 'zoho-token-refresher',
      time: '2026-01-05T09:00:00Z',
      detail: { connection: 'crm-prod', state: 'blocked' },
    });
  });

  it.each([
    ['a source of AWS', { Source: 'aws.ec2' }, 'NotAuthorizedForSourceException'],
    ['a bus that is not there', { EventBusName: 'other' }, 'ResourceNotFoundException'],
    ['a detail that is a list', { Detail: '[]' }, 'MalformedDetail'],
  ])('refuses %s', async (_, wrong, code) => {
    const entry = { Source: 'a', DetailType: 'b', Detail: '{}', ...wrong };

    const { Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));

    expect(Entries).toMatchObject([{ ErrorCode: code }]);
  });

  it('knows no other operation', async () => {
    await expect(client.send(new ListRulesCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });
});
