import {
  EventBridgeClient,
  type PutEventsCommand,
  type PutEventsResponse,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, test, vi } from 'vitest';
import type { StateChange } from '../../../../lambdas/core/connection/state-change.ts';
import { createEventBus } from '../../../../lambdas/refresher/adapters/event-bus.ts';
import { activeConnection, blockedConnection, NOW_MS, pendingConnection } from '../../../support/builders.ts';

const BLOCKED: StateChange = {
  state: 'blocked',
  connection: blockedConnection(),
  previousStatus: 'active',
  atMs: NOW_MS,
  authorization: {
    by: {
      zuid: '20100001',
      email: undefined,
      orgId: '777',
      orgName: undefined,
      awsPrincipal: 'arn:aws:iam::111122223333:user/Ana',
    },
    atMs: Date.UTC(2025, 11, 1, 8),
  },
};
const { signal } = new AbortController();

function busThatAnswers(answer: PutEventsResponse | Error) {
  const client = new EventBridgeClient({ region: 'eu-west-1' });
  const send = vi.spyOn(client, 'send').mockImplementation(() => {
    if (answer instanceof Error) throw answer;
    return Promise.resolve(answer);
  });
  return {
    bus: createEventBus(client, 'team.zoho'),
    sent: () =>
      send.mock.calls.map(([command, options]) => ({ ...(command as PutEventsCommand).input, options })),
  };
}

describe('the event bus', () => {
  test('gets an entry for each state change', async () => {
    const { bus, sent } = busThatAnswers({ Entries: [{ EventId: 'a' }] });

    await bus.announce([BLOCKED], signal);

    const [put] = sent();
    expect(sent()).toHaveLength(1);
    expect(put?.options).toEqual({ abortSignal: signal });
    expect(put?.Entries).toEqual([
      {
        Source: 'zoho-token-refresher',
        DetailType: 'Zoho Connection State Change',
        Time: new Date(NOW_MS),
        Detail: expect.any(String),
      },
    ]);
    expect(JSON.parse(put?.Entries?.[0]?.Detail ?? '')).toEqual({
      connection: 'crm-prod',
      state: 'blocked',
      status: 'blocked',
      previous_status: 'active',
      secret_prefix: 'team.zoho',
      data_center: 'eu',
      generation: 7,
      expires_at: new Date(blockedConnection().token?.expiresAtMs ?? 0).toISOString(),
      code: 'invalid_code',
      reason: 'what invalid_code means',
      at: '2026-01-05T09:00:00.000Z',
      authorized_by: {
        zuid: '20100001',
        org_id: '777',
        aws_principal: 'arn:aws:iam::111122223333:user/Ana',
      },
      authorized_at: '2025-12-01T08:00:00.000Z',
    });
  });

  test.each([undefined, { by: undefined, atMs: undefined }])(
    'gets null for what the connection does not have, with the authorization %j',
    async (authorization) => {
      const { bus, sent } = busThatAnswers({});

      await bus.announce([{ ...BLOCKED, connection: pendingConnection(), authorization }], signal);

      expect(JSON.parse(sent()[0]?.Entries?.[0]?.Detail ?? '')).toMatchObject({
        data_center: null,
        expires_at: null,
        code: null,
        reason: null,
        authorized_by: null,
        authorized_at: null,
      });
    },
  );

  test('may refuse an entry with status 200, which is an error', async () => {
    const { bus } = busThatAnswers({ Entries: [{ EventId: 'a' }, { ErrorCode: 'ThrottlingException' }] });

    await expect(bus.announce([BLOCKED, BLOCKED], signal)).rejects.toMatchObject({
      code: 'aws_throttled',
      message:
        'events:PutEvents on the default event bus failed (ThrottlingException). It is retried automatically.',
    });
  });

  test('that fails is an error of AWS', async () => {
    const { bus } = busThatAnswers(Object.assign(new Error(), { name: 'AccessDeniedException' }));

    await expect(
      bus.announce([{ ...BLOCKED, connection: activeConnection() }], signal),
    ).rejects.toMatchObject({ code: 'aws_access_denied' });
  });
});
