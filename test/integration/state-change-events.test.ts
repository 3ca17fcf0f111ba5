import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionState } from '../../lambdas/core/connection/state-change.ts';
import type { SandboxWorld } from '../../sandbox/world/sandbox-world.ts';
import { readSnippets } from '../support/document-snippets.ts';
import {
  refresh,
  runMinutes,
  startAuthorizedWorld,
  startWorld,
  tick,
  updateRow,
} from '../support/sandbox.ts';

let world: SandboxWorld;
afterEach(() => world.close());

/** A world whose connection was refused just now. */
async function startBlockedWorld(stateChangeEvents?: readonly ConnectionState[]) {
  const started = await startAuthorizedWorld(stateChangeEvents === undefined ? {} : { stateChangeEvents });
  started.world.zoho.revoke(started.authorization.refreshToken);
  await refresh(started.world, { reason: 'operator' });
  return started;
}

const statesOf = ({ aws }: SandboxWorld) =>
  aws.eventBridge.events.map(({ detail }) => (detail as { state: string }).state);

const linesOf = ({ log }: SandboxWorld, message: string) =>
  log.lines.map((line) => JSON.parse(line)).filter((line) => line.message === message);

describe('an event on the bus', () => {
  it('says that a connection is blocked: which, why, and what is left', async () => {
    ({ world } = await startBlockedWorld());

    expect(world.aws.eventBridge.events).toEqual([
      {
        id: expect.any(String),
        source: 'zoho-token-refresher',
        'detail-type': 'Zoho Connection State Change',
        time: '2026-01-05T09:00:00Z',
        detail: {
          connection: 'crm-prod',
          state: 'blocked',
          status: 'blocked',
          previous_status: 'active',
          secret_prefix: 'zoho',
          data_center: 'eu',
          generation: 1,
          expires_at: '2026-01-05T10:00:00.000Z',
          code: 'invalid_code',
          reason: expect.stringContaining('Authorize the connection again.'),
          at: '2026-01-05T09:00:00.000Z',
        },
      },
    ]);
  });

  it('has the fields that the guide shows, and no others', async () => {
    ({ world } = await startBlockedWorld());
    const guide = readSnippets(new URL('../../docs/alerting.md', import.meta.url)).get('event');
    const shown = JSON.parse(guide?.code ?? '') as { detail: object };

    const [event] = world.aws.eventBridge.events;

    expect(shown).toMatchObject({ source: event?.source, 'detail-type': event?.['detail-type'] });
    expect(Object.keys(shown.detail)).toEqual(Object.keys(event?.detail as object));
  });

  it('comes once, however often a blocked connection is looked at', async () => {
    ({ world } = await startBlockedWorld());

    await runMinutes(world, 90);

    expect(world.zoho.tokenCalls.length).toBeGreaterThan(2);
    expect(statesOf(world)).toEqual(['blocked']);
  });

  it('says that the connection has recovered, with the end of the new token', async () => {
    ({ world } = await startBlockedWorld());

    world.authorize('crm-prod');
    await runMinutes(world, 6);

    expect(statesOf(world)).toEqual(['blocked', 'recovered']);
    expect(world.aws.eventBridge.events.at(-1)?.detail).toMatchObject({
      status: 'active',
      previous_status: 'blocked',
      generation: world.readToken('crm-prod')?.generation,
      expires_at: world.readToken('crm-prod')?.expires_at,
      code: null,
      reason: null,
    });
  });

  it('says of a connection that never had a token that it has none', async () => {
    world = await startWorld();
    world.putCredentials('crm-prod', 'no JSON');

    await tick(world);

    expect(world.aws.eventBridge.events.map(({ detail }) => detail)).toEqual([
      expect.objectContaining({
        state: 'blocked',
        previous_status: 'pending',
        generation: 0,
        expires_at: null,
        data_center: null,
        code: 'malformed_credentials',
      }),
    ]);
  });

  it('tells of every token when that is configured, with the recovery in one call', async () => {
    ({ world } = await startBlockedWorld(['blocked', 'recovered', 'refreshed']));
    const callsBefore = world.aws.eventBridge.calls.length;

    world.authorize('crm-prod');
    await runMinutes(world, 6);

    expect(statesOf(world)).toEqual(['refreshed', 'blocked', 'recovered', 'refreshed']);
    expect(world.aws.eventBridge.calls.length - callsBefore).toBe(1);
  });

  it('is not put for what somebody else of the same generation wrote, after a restored backup', async () => {
    ({ world } = await startAuthorizedWorld({ stateChangeEvents: ['refreshed'] }));
    const held = world.zoho.holdNextCall();
    const before = statesOf(world);

    const answer = refresh(world, { reason: 'operator' });
    await held.received;
    await updateRow(world, 'SET nextAttemptAt = :soon REMOVE leaseOwner, leaseUntil', {
      ':soon': { N: String(world.clock.now() + 15_000) },
    });
    held.release();

    expect(await answer).toMatchObject({ outcome: 'in-progress' });
    expect(statesOf(world)).toEqual(before);
    expect((await world.readConnection('crm-prod')).generation).toBe(2);
  });

  it('is not put when none is configured', async () => {
    ({ world } = await startBlockedWorld([]));

    expect(world.aws.eventBridge.calls).toEqual([]);
  });
});

describe('a bus that does not take the event', () => {
  it.each([
    [
      'denies it',
      (bus: SandboxWorld['aws']['eventBridge']) => void bus.faults.deny({ operation: 'PutEvents' }),
      'aws_access_denied',
    ],
    [
      'refuses the entry in an answer with status 200',
      (bus: SandboxWorld['aws']['eventBridge']) => bus.refuseEntries('ThrottlingException'),
      'aws_throttled',
    ],
    [
      'fails',
      (bus: SandboxWorld['aws']['eventBridge']) =>
        bus.faults.failNext({ operation: 'PutEvents', error: 'InternalServiceError', times: 9 }),
      'aws_unavailable',
    ],
  ])('and %s fails no refresh: the log says what was not announced', async (_, spoil, code) => {
    const { authorization, ...started } = await startAuthorizedWorld();
    world = started.world;
    spoil(world.aws.eventBridge);
    world.zoho.revoke(authorization.refreshToken);

    const answer = await refresh(world, { reason: 'operator' });

    expect(answer).toMatchObject({ outcome: 'blocked' });
    expect(await world.readConnection('crm-prod')).toMatchObject({ status: 'blocked', lease: undefined });
    expect(linesOf(world, 'a state change could not be announced')).toEqual([
      expect.objectContaining({
        level: 'WARN',
        connection: 'crm-prod',
        states: ['blocked'],
        code,
        reason: expect.stringContaining('events:PutEvents on the default event bus failed'),
      }),
    ]);
    expect(world.metrics.ofFleet('RefreshFailed')).toEqual([]);
  });

  it('and never answers is not waited for beyond the time of the invocation', async () => {
    const { authorization, ...started } = await startAuthorizedWorld();
    world = started.world;
    const { reached } = world.aws.eventBridge.faults.hangNext({ operation: 'PutEvents' });
    world.zoho.revoke(authorization.refreshToken);

    const answered = refresh(world, { reason: 'operator' });
    await reached;
    world.clock.advance(60_000);

    expect(await answered).toMatchObject({ outcome: 'blocked' });
    expect(linesOf(world, 'a state change could not be announced')).toHaveLength(1);
  });
});
