import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../cli/doctor/finding.ts';
import { partitionOf } from '../../lambdas/core/connection/partition.ts';
import { addressParameterName, FLEET_PARAMETERS } from '../../lambdas/core/deployment-address.ts';
import { STACK_NAME, scheduleNameOfShard } from '../../sandbox/serve/stack.ts';
import { fleetKnobs, readSealed } from '../support/fleet-deployment.ts';
import { OperatorDesk } from '../support/operator-desk.ts';

const SHARDS = 4;
const shardOf = (name: string) => partitionOf(name) % SHARDS;

let desk: OperatorDesk;
beforeEach(async () => {
  desk = await OperatorDesk.open({}, fleetKnobs(SHARDS));
});
afterEach(() => desk.close());

/** Runs `doctor` with JSON. */
async function diagnose(args = '') {
  const { exitCode, stdout } = await desk.run(`doctor ${args}--json`.trim());
  const { connection, checks } = JSON.parse(stdout) as {
    connection: string | null;
    checks: readonly (Finding & { check: string })[];
  };
  return {
    connection,
    exitCode,
    names: checks.map(({ check }) => check),
    failed: checks.filter(({ result }) => result === 'fail').map(({ check }) => check),
    check: (name: string) => checks.find(({ check }) => check === name),
  };
}

function disable(shard: number): void {
  desk.server.aws.scheduler.deploy({
    name: scheduleNameOfShard(shard),
    expression: 'rate(1 minute)',
    state: 'DISABLED',
  });
}

/** The name of a tenant of a shard. */
function tenantOf(shard: number): string {
  const names = Array.from({ length: 100 }, (_, index) => `tenant-${index}`);
  const found = names.find((name) => shardOf(name) === shard);
  if (found === undefined) throw new Error(`No name is in shard ${shard}.`);
  return found;
}

function secretText(name: string): string {
  return desk.secrets.store.currentText(name) ?? '';
}

describe('doctor without a name', () => {
  it('checks what all connections need, and every shard', async () => {
    await desk.server.tick();

    const { connection, exitCode, names, failed, check } = await diagnose();

    expect({ connection, exitCode, failed }).toEqual({ connection: null, exitCode: 0, failed: [] });
    expect(names).toEqual([
      'stores',
      'encryption-key',
      'schedule',
      'shard-schedule',
      'dead-letter-queue',
      'heartbeat',
      'shard-heartbeat',
      'alarms',
      'alarm-setup',
      'subscriptions',
    ]);
    expect(check('shard-schedule')?.found).toBe('all 4 are enabled');
    expect(check('shard-heartbeat')?.found).toBe('all 4 shards completed runs in the last 5 minutes');
  });

  it('finds the shard whose schedule is disabled, and that it does not run', async () => {
    disable(2);
    await desk.server.tick();

    const { exitCode, failed, check } = await diagnose();

    expect(exitCode).toBe(1);
    expect(failed).toEqual(['shard-schedule', 'shard-heartbeat']);
    expect(check('shard-schedule')?.found).toBe(
      `the schedule ${scheduleNameOfShard(2)} of shard 2 of 4 is DISABLED`,
    );
    expect(check('shard-heartbeat')?.found).toBe('shard 2 of 4 completed no run in the last 5 minutes');
    expect(check('shard-heartbeat')?.fix).toContain('/ShardSilent.md');
  });

  it('needs a name for the options of a connection', async () => {
    const { exitCode, stderr } = await desk.run('doctor --access');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('--access needs the name of a connection');
  });
});

describe('doctor of a tenant', () => {
  it('judges the shard that refreshes it, and no other', async () => {
    const [ill, well] = [tenantOf(1), tenantOf(3)];
    await desk.connected(ill);
    await desk.connected(well);
    disable(1);
    await desk.server.tick();
    desk.server.alarms.setState(`${STACK_NAME}-ShardSilent-1`, 'ALARM', 'no run');

    const [ofIll, ofWell] = [await diagnose(`${ill} `), await diagnose(`${well} `)];

    expect(ofIll.failed).toEqual(['shard-schedule', 'shard-heartbeat', 'alarms']);
    expect(ofIll.check('store')?.found).toBe('in DynamoDB, refreshed by shard 1 of 4');
    expect(ofWell.failed).toEqual([]);
    expect(ofWell.check('shard-heartbeat')?.found).toBe(
      'shard 3 of 4: 1 completed run in the last 5 minutes',
    );
  });

  it('finds what a move to DynamoDB has left in Secrets Manager, and move completes it', async () => {
    const { name } = await desk.connected('tenant-1');
    for (const kind of ['access-token', 'credentials'])
      desk.secrets.store.create({ name: `zoho/${name}/${kind}` });
    await desk.server.tick();

    const found = await diagnose(`${name} `);
    await desk.run(`move ${name} --to dynamodb`);
    const after = await diagnose(`${name} `);

    expect(found.failed).toEqual(['store']);
    expect(found.check('store')).toMatchObject({
      found: expect.stringContaining(
        'a move did not finish: zoho/tenant-1/access-token and zoho/tenant-1/credentials are left in the other store',
      ),
      fix: 'Run: zoho-tokens move tenant-1 --to dynamodb, which removes what is left.',
    });
    expect(after.failed).toEqual([]);
  });

  it('judges the token that consumers read, which is the item that an interrupted move has left', async () => {
    const { name } = await desk.connected('tenant-1');
    const item = (await readSealed(desk.deployment, name))?.item;
    await desk.run(`move ${name} --to secrets-manager --confirm ${name}`);
    const { dynamoDb } = desk.deployment.dependencies.aws;
    await dynamoDb.send(new PutItemCommand({ TableName: 'zoho-tokens', Item: item }));
    await desk.server.tick();

    const { failed, check } = await diagnose(`${name} `);

    expect(secretText(`zoho/${name}/access-token`)).toContain('"generation":2');
    expect(failed).toEqual(['store', 'token']);
    expect(check('token')).toMatchObject({
      found:
        'consumers read generation 1, but 2 was published in Secrets Manager: the item in the table of tokens is left from a move that did not finish',
      fix: 'Run: zoho-tokens move tenant-1 --to secrets-manager',
    });
  });

  it('says that DynamoDB has no credentials before the first authorization', async () => {
    await desk.run('connect tenant-1 --data-center eu');
    await desk.server.tick();

    const { failed, check } = await diagnose('tenant-1 ');

    expect(failed).toEqual(['credentials', 'token', 'last-failure']);
    expect(check('credentials')?.found).toBe(
      'DynamoDB has no credentials: the connection was never authorized',
    );
    expect(check('token')?.found).toBe('no token was ever published');
    expect(check('access')?.found).toBe('there are no credentials');
  });
});

describe('status in a fleet', () => {
  it('names the store and the shard of a connection, and --json lists the connections of a shard', async () => {
    const [ours, other] = [tenantOf(2), tenantOf(0)];
    await desk.connected(ours);
    await desk.run(`connect ${other} --data-center eu --store secrets-manager`);

    const { stdout } = await desk.run(`status ${ours}`);
    const { stdout: json } = await desk.run('status --json');

    const { connections } = JSON.parse(json) as { connections: { connection: string }[] };
    const found = (name: string) => connections.find(({ connection }) => connection === name);
    expect(stdout).toContain('Stored in DynamoDB, refreshed by shard 2 of 4');
    expect(found(ours)).toMatchObject({ store: 'dynamodb', shard: 2 });
    expect(found(other)).toMatchObject({ store: 'secrets-manager', shard: 0 });
  });
});

describe('a fleet that was turned off too early', () => {
  it('leaves connections without tables: doctor says what to do', async () => {
    await desk.connected('tenant-1');
    for (const parameter of FLEET_PARAMETERS)
      desk.server.aws.ssm.delete(addressParameterName('zoho', parameter));
    await desk.deployment.tick();

    const [ofAll, ofOne] = [await diagnose(), await diagnose('tenant-1 ')];

    expect(ofAll.failed).toEqual(['stores']);
    expect(ofAll.check('stores')?.found).toBe(
      '1 of 1 connections are in DynamoDB (tenant-1), but the deployment has no fleet any more: no token is refreshed',
    );
    expect(ofAll.check('stores')?.fix).toContain('operating.md#turning-a-fleet-off');
    expect(ofOne.failed).toEqual(['store']);
    expect(ofOne.check('credentials')?.result).toBe('unknown');
    expect((await desk.run('audit')).stdout).toMatch(
      /row-without-secret: it is in DynamoDB, but the deployment has no/,
    );
  });
});
