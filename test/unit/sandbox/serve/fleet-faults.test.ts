import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { partitionOf, partitionsOfShard } from '../../../../lambdas/core/connection/partition.ts';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { type SandboxServer, startSandboxServer } from '../../../../sandbox/serve/sandbox-server.ts';
import { SCHEDULE_NAME, scheduleNameOfShard } from '../../../../sandbox/serve/stack.ts';
import { connectSealed, fleetKnobs, readSealed } from '../../../support/fleet-deployment.ts';
import { MINUTE_MS, START_MS } from '../../../support/sandbox.ts';

const SHARDS = 2;
const TENANT = 'tenant-1';
const shardOf = (name: string) =>
  [0, 1].find((shard) => partitionsOfShard(shard, SHARDS).includes(partitionOf(name)));

let server: SandboxServer<ManualClock>;
beforeAll(async () => {
  server = await startSandboxServer({
    clock: new ManualClock(START_MS),
    connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
    knobs: fleetKnobs(SHARDS),
  });
  server.deployment.authorize('crm-prod');
  await connectSealed(server.deployment, TENANT);
  await server.tick();
});
afterEach(async () => {
  await faults('DELETE');
  // Later than any wait after repeated revocations.
  server.deployment.clock.advance(59 * MINUTE_MS);
  await server.tick();
});
afterAll(() => server.close());

async function faults(method: string, body?: object) {
  const response = await fetch(`${server.origin}/faults`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const tokenOf = async (name: string) =>
  name === TENANT
    ? ((await readSealed(server.deployment, name))?.document as Record<string, unknown>)
    : ({ ...server.deployment.readToken(name) } as Record<string, unknown>);
const isValid = async (name: string) =>
  server.deployment.zoho.isValid(String((await tokenOf(name)).access_token));
const stateOf = (name: string) => server.aws.scheduler.find(name)?.state;
const stateOfShard = (shard: number) => stateOf(scheduleNameOfShard(shard));

describe('a connection in DynamoDB', () => {
  const leave = (kind: string, value: object) => {
    const { store } = server.deployment.aws.secretsManager;
    const name = `zoho/${TENANT}/${kind}`;
    if (store.find(name) === undefined) store.create({ name });
    store.put(name, { value: { kind: 'string', text: JSON.stringify(value) } });
  };
  const stray = () => {
    const { zoho } = server.deployment;
    const client = zoho.registerClient({ dataCenter: 'eu' });
    const grant = { clientId: client.clientId, dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL' } as const;
    return { client, refreshToken: zoho.grant(grant) };
  };

  it('revoke-token: Zoho rejects the token that is published there, not what is left in Secrets Manager', async () => {
    leave('access-token', { access_token: '1000.left.over', issued_at: '2026-01-05T08:00:00.000Z' });
    leave('credentials', { client_id: '1000.LEFT', refresh_token: '1000.left.refresh' });

    const { status, json } = await faults('POST', { kind: 'revoke-token', connection: TENANT });

    expect([status, json.done]).toEqual([200, expect.stringContaining(`published token of ${TENANT}`)]);
    expect(await isValid(TENANT)).toBe(false);
  });

  it('regenerate-secret: its client gets another secret, not the one that is left in Secrets Manager', async () => {
    const { client, refreshToken } = stray();
    leave('credentials', { client_id: client.clientId, refresh_token: refreshToken });

    const { status, json } = await faults('POST', {
      ...{ kind: 'regenerate-secret', connection: TENANT, keepsOld: true },
    });

    expect(status).toBe(200);
    expect(json.clientId).toMatch(/^1000\./);
    expect(json.clientId).not.toBe(client.clientId);
  });
});

describe.each([TENANT, 'crm-prod'])('expire-token of %s', (connection) => {
  it('shows consumers a token that has expired, and the next tick replaces it', async () => {
    const before = await tokenOf(connection);

    const { status } = await faults('POST', { kind: 'expire-token', connection });

    const expired = await tokenOf(connection);
    expect(status).toBe(200);
    expect(expired).toMatchObject({
      generation: before.generation,
      expires_at: new Date(server.deployment.clock.now()).toISOString(),
    });
    expect(await isValid(connection)).toBe(false);
    const nowMs = server.deployment.clock.now();
    expect((await server.deployment.readConnection(connection)).token).toMatchObject({
      issuedAtMs: nowMs - 60 * MINUTE_MS,
      expiresAtMs: nowMs,
    });
    expect(expired.issued_at).toBe(new Date(nowMs - 60 * MINUTE_MS).toISOString());

    server.deployment.clock.advance(MINUTE_MS);
    await server.tick();
    const after = await tokenOf(connection);
    expect(Number(after.generation)).toBeGreaterThan(Number(before.generation));
    expect(await isValid(connection)).toBe(true);
  });
});

it('expire-token needs a connection with a token', async () => {
  const { status, json } = await faults('POST', { kind: 'expire-token', connection: 'crm-x' });

  expect([status, json.error]).toEqual([400, expect.stringContaining('There is no connection "crm-x"')]);
});

describe('stop-shard', () => {
  it('stops the shard that it names, until start-shard', async () => {
    const shard = shardOf(TENANT) ?? 0;
    const other = 1 - shard;
    const before = await tokenOf(TENANT);
    const declared = await tokenOf('crm-prod');

    const stopped = await faults('POST', { kind: 'stop-shard', shard });
    server.deployment.clock.advance(59 * MINUTE_MS);
    await server.tick();

    expect(stopped.status).toBe(201);
    expect([stateOfShard(shard), stateOfShard(other), stateOf(SCHEDULE_NAME)]).toEqual([
      ...['DISABLED', 'ENABLED', 'ENABLED'],
    ]);
    expect(await tokenOf(TENANT)).toEqual(before);
    expect(await tokenOf('crm-prod')).not.toEqual(declared);
    expect((await faults('GET')).json.active).toEqual([
      { kind: 'stop-shard', shard, since: expect.any(String) },
    ]);

    expect((await faults('POST', { kind: 'start-shard', shard: other })).json).toEqual({ removed: 0 });
    expect(stateOfShard(shard)).toBe('DISABLED');
    expect((await faults('POST', { kind: 'start-shard', shard })).json).toEqual({ removed: 1 });
    await server.tick();
    expect(await isValid(TENANT)).toBe(true);
  });

  it('refuses a shard that does not exist', async () => {
    const { status, json } = await faults('POST', { kind: 'stop-shard', shard: SHARDS });

    expect([status, json.error]).toEqual([400, expect.stringContaining('There is no shard 2.')]);
    expect((await faults('GET')).json.active).toEqual([]);
  });
});

describe('stop-refresher', () => {
  it('stops every schedule; start-refresher leaves a shard stopped that was stopped by itself', async () => {
    await faults('POST', { kind: 'stop-shard', shard: 0 });
    await faults('POST', { kind: 'stop-refresher' });
    const states = () => [stateOf(SCHEDULE_NAME), stateOfShard(0), stateOfShard(1)];

    const whileStopped = states();
    const answer = await server.tick();
    await faults('POST', { kind: 'start-refresher' });

    expect(whileStopped).toEqual(['DISABLED', 'DISABLED', 'DISABLED']);
    expect(answer).toBeUndefined();
    expect(states()).toEqual(['ENABLED', 'DISABLED', 'ENABLED']);
  });

  it('ends with DELETE, like every fault', async () => {
    await faults('POST', { kind: 'stop-refresher' });

    expect((await faults('DELETE')).json).toEqual({ removed: 1 });
    expect(stateOf(SCHEDULE_NAME)).toBe('ENABLED');
  });
});
