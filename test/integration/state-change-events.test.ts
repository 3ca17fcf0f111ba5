import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionState } from '../../lambdas/core/connection/state-change.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { readSnippets } from '../support/document-snippets.ts';
import {
  refuseUntilBlocked,
  startAuthorizedDeployment,
  startDeployment,
  updateRow,
} from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

/** A deployment in which Zoho refused the connection three minutes ago, and again now. */
async function startBlockedDeployment(stateChangeEvents?: readonly ConnectionState[]) {
  const started = await startAuthorizedDeployment(
    stateChangeEvents === undefined ? {} : { stateChangeEvents },
  );
  started.deployment.zoho.revoke(started.authorization.refreshToken);
  await refuseUntilBlocked(started.deployment);
  return started;
}

const ANA = 'arn:aws:iam::000000000000:user/ana';
const AT = '2026-01-05T09:03:00.000Z';

/** Authorizes `crm-prod` again, with a record of who did. */
function recordAuthorization(deployment: LocalDeployment) {
  const authorization = deployment.authorize('crm-prod');
  deployment.putCredentials('crm-prod', {
    client_id: authorization.clientId,
    client_secret: authorization.clientSecret,
    refresh_token: authorization.refreshToken,
    data_center: 'eu',
    authorized_by: { zuid: 20100001, email: 'ana@example.com', org_id: '777', aws_principal: ANA },
    authorized_at: AT,
  });
  return authorization;
}

const statesOf = ({ aws }: LocalDeployment) =>
  aws.eventBridge.events.map(({ detail }) => (detail as { state: string }).state);

const linesOf = ({ log }: LocalDeployment, message: string) =>
  log.lines.map((line) => JSON.parse(line)).filter((line) => line.message === message);

describe('an event on the bus', () => {
  it('says which connection is blocked, why, and when its token expires', async () => {
    ({ deployment } = await startBlockedDeployment());

    expect(deployment.aws.eventBridge.events).toEqual([
      {
        id: expect.any(String),
        source: 'zoho-token-refresher',
        'detail-type': 'Zoho Connection State Change',
        time: '2026-01-05T09:03:00Z',
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
          at: '2026-01-05T09:03:00.000Z',
          authorized_by: null,
          authorized_at: null,
        },
      },
    ]);
  });

  it('has the fields that the guide shows, and no others', async () => {
    ({ deployment } = await startBlockedDeployment());
    const guide = readSnippets(new URL('../../docs/alerting.md', import.meta.url)).get('event');
    const shown = JSON.parse(guide?.code ?? '') as { detail: object };

    const [event] = deployment.aws.eventBridge.events;

    expect(shown).toMatchObject({ source: event?.source, 'detail-type': event?.['detail-type'] });
    expect(Object.keys(shown.detail)).toEqual(Object.keys(event?.detail as object));
  });

  it('is put once, however often a blocked connection is checked', async () => {
    ({ deployment } = await startBlockedDeployment());

    await deployment.runMinutes(90, { every: 5 });

    expect(deployment.zoho.tokenCalls.length).toBeGreaterThan(2);
    expect(statesOf(deployment)).toEqual(['blocked']);
  });

  it('says that the connection has recovered, and when the new token expires', async () => {
    ({ deployment } = await startBlockedDeployment());

    deployment.authorize('crm-prod');
    await deployment.runMinutes(6);

    expect(statesOf(deployment)).toEqual(['blocked', 'recovered']);
    expect(deployment.aws.eventBridge.events.at(-1)?.detail).toMatchObject({
      status: 'active',
      previous_status: 'blocked',
      generation: deployment.readToken('crm-prod')?.generation,
      expires_at: deployment.readToken('crm-prod')?.expires_at,
      code: null,
      reason: null,
    });
  });

  it('says who authorized the credentials that were used, which no log line does', async () => {
    const states = ['refreshed', 'refused', 'blocked', 'recovered'] as const;
    ({ deployment } = await startBlockedDeployment(states));
    const authorized = recordAuthorization(deployment);
    await deployment.runMinutes(6);
    deployment.zoho.revoke(authorized.refreshToken);
    await refuseUntilBlocked(deployment);

    const events = deployment.aws.eventBridge.events.map(({ detail }) => detail as { state: string });

    const notKnown = { authorized_by: null, authorized_at: null };
    const ana = { authorized_by: { zuid: '20100001', org_id: '777', aws_principal: ANA }, authorized_at: AT };
    expect(events).toEqual([
      ...['refreshed', 'refused', 'blocked'].map((state) => expect.objectContaining({ state, ...notKnown })),
      ...['recovered', 'refreshed', 'refused', 'blocked'].map((state) =>
        expect.objectContaining({ state, ...ana }),
      ),
    ]);
    for (const text of ['20100001', 'ana@example.com', ANA])
      expect(deployment.log.lines.join()).not.toContain(text);
    expect(JSON.stringify(events)).not.toContain('ana@example.com');
  });

  it('says that Zoho refused it for the first time, when configured so, and only once', async () => {
    ({ deployment } = await startBlockedDeployment(['refused', 'blocked']));

    expect(deployment.aws.eventBridge.events.map(({ detail }) => detail)).toEqual([
      expect.objectContaining({
        state: 'refused',
        status: 'active',
        code: 'invalid_code',
        reason: expect.stringMatching(/^Not confirmed: Zoho refuses this, and is asked again/),
        at: '2026-01-05T09:00:00.000Z',
      }),
      expect.objectContaining({ state: 'blocked', at: '2026-01-05T09:03:00.000Z' }),
    ]);
  });

  it('says that a connection never had a token', async () => {
    deployment = await startDeployment();
    deployment.putCredentials('crm-prod', 'no JSON');

    await deployment.tick();

    expect(deployment.aws.eventBridge.events.map(({ detail }) => detail)).toEqual([
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

  it('is put for every token when configured so, together with the recovery', async () => {
    ({ deployment } = await startBlockedDeployment(['blocked', 'recovered', 'refreshed']));
    const callsBefore = deployment.aws.eventBridge.calls.length;

    deployment.authorize('crm-prod');
    await deployment.runMinutes(6);

    expect(statesOf(deployment)).toEqual(['refreshed', 'blocked', 'recovered', 'refreshed']);
    expect(deployment.aws.eventBridge.calls.length - callsBefore).toBe(1);
  });

  it('is not put for a report of another holder with the same generation, after a restored backup', async () => {
    ({ deployment } = await startAuthorizedDeployment({ stateChangeEvents: ['refreshed'] }));
    const held = deployment.zoho.holdNextCall();
    const before = statesOf(deployment);

    const answer = deployment.refresh('crm-prod');
    await held.received;
    await updateRow(deployment, 'SET nextAttemptAt = :soon REMOVE leaseOwner, leaseUntil', {
      ':soon': { N: String(deployment.clock.now() + 15_000) },
    });
    held.release();

    expect(await answer).toMatchObject({ outcome: 'in-progress' });
    expect(statesOf(deployment)).toEqual(before);
    expect((await deployment.readConnection('crm-prod')).generation).toBe(2);
  });

  it('is not put when none is configured', async () => {
    ({ deployment } = await startBlockedDeployment([]));

    expect(deployment.aws.eventBridge.calls).toEqual([]);
  });
});

describe('an event bus that does not accept the event', () => {
  it.each([
    [
      'denies it',
      (bus: LocalDeployment['aws']['eventBridge']) => void bus.faults.deny({ operation: 'PutEvents' }),
      'aws_access_denied',
    ],
    [
      'refuses the entry in an answer with status 200',
      (bus: LocalDeployment['aws']['eventBridge']) => bus.refuseEntries('ThrottlingException'),
      'aws_throttled',
    ],
    [
      'fails',
      (bus: LocalDeployment['aws']['eventBridge']) =>
        bus.faults.failNext({ operation: 'PutEvents', error: 'InternalServiceError', times: 9 }),
      'aws_unavailable',
    ],
  ])('and %s fails no refresh: the log says which event is missing', async (_, spoil, code) => {
    const { authorization, ...started } = await startAuthorizedDeployment();
    deployment = started.deployment;
    spoil(deployment.aws.eventBridge);
    deployment.zoho.revoke(authorization.refreshToken);

    const answer = await refuseUntilBlocked(deployment);

    expect(answer).toMatchObject({ outcome: 'blocked' });
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'blocked',
      lease: undefined,
    });
    expect(linesOf(deployment, 'a state change could not be announced')).toEqual([
      expect.objectContaining({
        level: 'WARN',
        connection: 'crm-prod',
        states: ['blocked'],
        code,
        reason: expect.stringContaining('events:PutEvents on the default event bus failed'),
      }),
    ]);
    expect(deployment.metrics.ofFleet('RefreshFailed')).toEqual([]);
  });

  it('and never answers does not delay the invocation beyond its timeout', async () => {
    const { authorization, ...started } = await startAuthorizedDeployment();
    deployment = started.deployment;
    const { reached } = deployment.aws.eventBridge.faults.hangNext({ operation: 'PutEvents' });
    deployment.zoho.revoke(authorization.refreshToken);

    const answered = refuseUntilBlocked(deployment);
    await reached;
    deployment.clock.advance(60_000);

    expect(await answered).toMatchObject({ outcome: 'blocked' });
    expect(linesOf(deployment, 'a state change could not be announced')).toHaveLength(1);
  });
});
