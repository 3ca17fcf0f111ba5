import { afterAll, describe, expect, it } from 'vitest';
import { partitionOf } from '../../lambdas/core/connection/partition.ts';
import { fleetKnobs, readSealed, sealedCredentialsOf, tickShard } from '../support/fleet-deployment.ts';
import { encryptionKeys, type RequestContext } from '../support/iam-conditions.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import { readFleetPolicy } from '../support/operator-policy.ts';
import { type RecordedCall, startRecordingProxy } from '../support/recording-proxy.ts';
import { allows, operatorStatements } from '../support/roles-documentation.ts';

const desk = await OperatorDesk.open(undefined, fleetKnobs());
const proxy = await startRecordingProxy(desk.server.origin);
desk.sendThrough(proxy.origin);
afterAll(async () => {
  await desk.close();
  await proxy.close();
});

const never = new AbortController().signal;
const secretsOf = (name: string) =>
  ['access-token', 'credentials'].filter(
    (kind) => desk.secrets.store.find(`zoho/${name}/${kind}`) !== undefined,
  );

/** Connects and authorizes a tenant. */
async function live(name: string, ...options: string[]): Promise<void> {
  const client = desk.client();
  const stdin = desk.zoho.grant({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
  await desk.run(['connect', name, '--data-center', 'eu', '--scope', SCOPE, ...options]);
  const authorized = await desk.run(['authorize', name, '--import'], {
    environment: desk.with(client),
    stdin,
  });
  expect(authorized).toMatchObject({ exitCode: 0 });
}

describe('connect', () => {
  it('registers a connection in the store of the deployment, which is DynamoDB here', async () => {
    const { exitCode, stdout } = await desk.run(`connect tenant-1 --data-center eu --scope ${SCOPE}`);

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'registered: tenant-1, eu\n' });
    expect(await desk.row('tenant-1')).toMatchObject({
      store: 'dynamodb',
      partition: partitionOf('tenant-1'),
      intent: { dataCenter: 'eu', scopes: [SCOPE] },
    });
    expect(secretsOf('tenant-1')).toEqual([]);
  });

  it('can be repeated, and changes the scopes', async () => {
    await desk.run('connect tenant-2 --data-center eu');
    await desk.run(`connect tenant-2 --data-center eu --scope ${SCOPE}`);

    expect((await desk.row('tenant-2')).intent).toEqual({ dataCenter: 'eu', scopes: [SCOPE] });
  });

  it('puts a connection into Secrets Manager if that is chosen', async () => {
    await desk.run('connect tenant-3 --data-center eu --store secrets-manager');

    expect((await desk.row('tenant-3')).store).toBeUndefined();
    expect(secretsOf('tenant-3')).toEqual(['access-token']);
  });

  it('does not move a connection that exists', async () => {
    await desk.run('connect tenant-4 --data-center eu --store secrets-manager');

    const { exitCode, stderr } = await desk.run('connect tenant-4 --data-center eu --store dynamodb');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('zoho-tokens move tenant-4 --to dynamodb');
  });

  it('takes more scopes than fit in a tag', async () => {
    const scopes = Array.from({ length: 30 }, (_, index) => `ZohoCRM.modules.custom${index}.READ`);

    const { exitCode } = await desk.run([
      'connect',
      'tenant-5',
      '--data-center',
      'eu',
      '--scope',
      scopes.join(','),
    ]);

    expect(exitCode).toBe(0);
    expect((await desk.row('tenant-5')).intent?.scopes).toEqual(scopes);
  });
});

describe('a connection in DynamoDB', () => {
  it('is authorized, and is live at once', async () => {
    await live('live-1');

    expect(secretsOf('live-1')).toEqual([]);
    expect((await readSealed(desk.deployment, 'live-1'))?.document).toMatchObject({ generation: 1 });
    expect(await desk.row('live-1')).toMatchObject({ status: 'active', store: 'dynamodb' });
  });

  it('has a token that an operator can print', async () => {
    await live('live-2');

    const { exitCode, stdout } = await desk.run('token live-2 --yes');

    expect(exitCode).toBe(0);
    expect(desk.zoho.isValid(stdout.trim())).toBe(true);
  });

  it('is examined', async () => {
    await live('live-4');

    const { stdout } = await desk.run('doctor live-4');

    expect(stdout).toMatch(/^pass +store +in DynamoDB, refreshed by shard 0 of 1$/m);
    expect(stdout).toMatch(/^pass +shard-schedule +shard 0 of 1: enabled$/m);
    expect(stdout).toMatch(/^unknown access +not checked for DynamoDB: whoever may use dynamodb:GetItem/m);
  });

  it('is disconnected: its token and credentials are deleted', async () => {
    await live('live-3');

    const { exitCode, stdout, stderr } = await desk.run('disconnect live-3 --confirm live-3');

    expect(exitCode).toBe(0);
    expect(stdout).toContain('deleted: zoho-credentials/live-3');
    expect(stdout).toContain('still valid at Zoho: the authorization of live-3. Only its user can end it');
    expect(stderr).toContain(
      'zoho-tokens connect live-3 --data-center …, then: zoho-tokens authorize live-3',
    );
    expect((await desk.row('live-3')).lastFailure?.message).toBe(
      'Disconnected by an operator: its token and its credentials are deleted.',
    );
    expect(await readSealed(desk.deployment, 'live-3')).toBeUndefined();
    expect(await sealedCredentialsOf(desk.deployment).read('live-3', never)).toEqual({ kind: 'empty' });
  });

  it('is disconnected after a question that says what is lost, and how to revoke it first', async () => {
    await live('live-5');

    const { questions } = await desk.run('disconnect live-5', { answers: ['no'] });

    expect(questions.join()).toContain(
      'Its refresh token is deleted for good, while the authorization of live-5 stays valid at Zoho. To end it, cancel this command, and run: zoho-tokens revoke live-5.',
    );
    expect(await readSealed(desk.deployment, 'live-5')).toBeDefined();
  });

  it('is disconnected without a warning once its authorization is revoked', async () => {
    await live('live-6');
    await desk.run('revoke live-6 --confirm live-6');

    const { exitCode, stdout } = await desk.run('disconnect live-6 --confirm live-6');

    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('still valid at Zoho');
  });

  it('keeps its client from being removed', async () => {
    const client = desk.client();
    await desk.run(['client', 'add', 'acme-app', '--data-center', 'eu'], { environment: desk.with(client) });
    await desk.run('connect live-7 --data-center eu');
    const stdin = desk.zoho.grant({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
    await desk.run('authorize live-7 --client acme-app --import', { stdin });

    const { exitCode, stderr } = await desk.run('client remove acme-app --confirm acme-app');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('One connection uses the client acme-app: live-7');
  });

  it('has a finding of audit if a move has left its secrets in Secrets Manager', async () => {
    await live('live-8');
    desk.secrets.store.create({ name: 'zoho/live-8/access-token' });

    const { exitCode, stdout } = await desk.run('audit --json');

    const { findings } = JSON.parse(stdout) as { findings: { rule: string; fix: string }[] };
    expect(exitCode).toBe(1);
    expect(findings.filter(({ rule }) => rule === 'unfinished-move')).toEqual([
      {
        connection: 'live-8',
        rule: 'unfinished-move',
        what: 'it is in DynamoDB, but a move did not finish: zoho/live-8/access-token is left in the other store',
        fix: 'Run: zoho-tokens move live-8 --to dynamodb',
      },
    ]);
    await desk.run('move live-8 --to dynamodb');
    expect((await desk.run('audit --json')).stdout).not.toContain('unfinished-move');
  });
});

it('a connection in DynamoDB is not prepared for its declaration, which wants Secrets Manager', async () => {
  await live('to-declare');
  const before = await desk.row('to-declare');

  const { exitCode, stderr } = await desk.run('disconnect to-declare --for-declaration --confirm to-declare');

  expect(exitCode).toBe(1);
  expect(stderr).toContain('zoho-tokens move to-declare --to secrets-manager');
  expect(await desk.row('to-declare')).toEqual(before);
});

describe('move --to', () => {
  it('takes a connection from Secrets Manager to DynamoDB, with a newer token', async () => {
    await live('move-1', '--store', 'secrets-manager');

    const { exitCode, stdout } = await desk.run('move move-1 --to dynamodb --confirm move-1');

    expect(exitCode).toBe(0);
    expect(stdout).toContain('moved: move-1 is in DynamoDB');
    expect((await readSealed(desk.deployment, 'move-1'))?.document).toMatchObject({ generation: 2 });
    expect(await desk.row('move-1')).toMatchObject({
      store: 'dynamodb',
      intent: { dataCenter: 'eu', scopes: [SCOPE] },
      status: 'active',
    });
    expect(secretsOf('move-1')).toEqual(['credentials']);
    expect(desk.secrets.store.get('zoho/move-1/credentials').deletionAtMs).toBeDefined();
  });

  it('and back', async () => {
    await live('move-2');

    const { exitCode, stdout } = await desk.run('move move-2 --to secrets-manager --confirm move-2');

    expect(exitCode).toBe(0);
    expect(stdout).toContain('moved: move-2 is in Secrets Manager');
    expect(desk.deployment.readToken('move-2')).toMatchObject({ generation: 2 });
    expect(await readSealed(desk.deployment, 'move-2')).toBeUndefined();
    expect((await desk.row('move-2')).store).toBeUndefined();
    desk.clock.advance(55 * 60_000);
    expect(await tickShard(desk.deployment)).toMatchObject({ failed: 0 });
    expect(desk.deployment.readToken('move-2')).toMatchObject({ generation: 3 });
  });

  it.each([
    ['the credentials are copied', () => desk.table.faults.deny({ operation: 'PutItem' })],
    ['the row is switched', () => desk.table.faults.deny({ operation: 'UpdateItem' })],
    ['the old token is deleted', () => desk.secrets.faults.deny({ operation: 'DeleteSecret' })],
  ])('can be repeated when it failed before %s, and consumers had a token meanwhile', async (what, deny) => {
    const name = `again-${what.length}`;
    await live(name, '--store', 'secrets-manager');
    const allow = deny();

    const failed = await desk.run(`move ${name} --to dynamodb --confirm ${name}`);
    allow();

    expect(failed.exitCode).toBe(1);
    const sealed = (await readSealed(desk.deployment, name))?.document;
    const { access_token: token } = (sealed ?? desk.deployment.readToken(name)) as { access_token: string };
    expect(desk.zoho.isValid(token)).toBe(true);
    const { exitCode } = await desk.run(`move ${name} --to dynamodb --confirm ${name}`);
    expect(exitCode).toBe(0);
    expect((await desk.row(name)).store).toBe('dynamodb');
    expect(secretsOf(name)).toEqual(['credentials']);
  });

  it('changes nothing for a connection that is there already', async () => {
    await live('there');
    const before = await desk.row('there');

    const { exitCode, stdout } = await desk.run('move there --to dynamodb');

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'moved: there is in DynamoDB\n' });
    expect(await desk.row('there')).toEqual(before);
  });

  it('back to Secrets Manager that ended half-way leaves both stores with the newest token', async () => {
    await live('half-way');
    const allow = desk.table.faults.deny({ operation: 'DeleteItem' });
    const failed = await desk.run('move half-way --to secrets-manager --confirm half-way');
    allow();
    expect(failed.exitCode).toBe(1);

    desk.clock.advance(55 * 60_000);
    await tickShard(desk.deployment);

    const token = desk.deployment.readToken('half-way');
    expect(token).toMatchObject({ generation: 3 });
    expect((await readSealed(desk.deployment, 'half-way'))?.document).toEqual(token);

    const { exitCode } = await desk.run('move half-way --to secrets-manager');
    desk.clock.advance(55 * 60_000);
    await tickShard(desk.deployment);

    expect(exitCode).toBe(0);
    expect(await readSealed(desk.deployment, 'half-way')).toBeUndefined();
    expect((await desk.row('half-way')).movedFrom).toBeUndefined();
    expect(desk.deployment.readToken('half-way')).toMatchObject({ generation: 5 });
  });

  it('refuses a declared connection', async () => {
    const { name } = await desk.live();

    const { exitCode, stderr } = await desk.run(`move ${name} --to dynamodb --confirm ${name}`);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('is declared');
  });
});

describe('adopt', () => {
  it('compares what is in both stores', async () => {
    const { stdout, stderr } = await desk.run('adopt --all --dry-run');

    expect(stdout).toBe('Nothing to change.\n');
    expect(stderr).toContain('note: tenant-1: was never authorized');
  });
});

describe('the documented policy for operators of a fleet', () => {
  const TABLES: Readonly<Record<string, string>> = {
    'zoho-tokens': 'TOKENS_TABLE',
    'zoho-credentials': 'CREDENTIALS_TABLE',
  };
  const statements = operatorStatements(readFleetPolicy({ PREFIX: 'zoho' }));

  /** The calls of the second store that the commands above have made: the action, the resource, and the context of the request. */
  const callsOf = () => [
    ...proxy.calls.flatMap(ofStore),
    ...proxy.actions.filter(isOfSchedule).slice(1).map(ofShard),
  ];
  const ofStore = ({ action, input }: RecordedCall): Call[] => {
    const { TableName = '', EncryptionContext } = input as CommandInput;
    const table = TABLES[TableName];
    if (table !== undefined)
      return [
        [action, `arn:PARTITION:dynamodb:REGION:ACCOUNT:table/${table}`, attributesOf(input as CommandInput)],
      ];
    return EncryptionContext === undefined ? [] : [[action, 'KEY_ARN', encryptionKeys(EncryptionContext)]];
  };
  const isOfSchedule = (action: string) => action === 'scheduler:GetSchedule';
  /** `doctor` asks for the schedule of declared connections first. */
  const ofShard = (action: string): Call => [
    action,
    'arn:PARTITION:scheduler:REGION:ACCOUNT:schedule/default/SHARD_SCHEDULES',
    {},
  ];

  it('allows every call of the commands', () => {
    const calls = callsOf();

    expect(calls.length).toBeGreaterThan(50);
    expect(calls.filter((call) => !allows(statements, ...call))).toEqual([]);
  });

  it('allows nothing that no command needs', () => {
    const calls = callsOf();
    const unused = statements.flatMap((statement) =>
      statement.actions.filter((action) =>
        /^(?:dynamodb|kms):/.test(action)
          ? !calls.some((call) => call[0] === action && allows([statement], ...call))
          : !proxy.actions.includes(action),
      ),
    );

    expect(unused).toEqual([]);
  });
});

/** What DynamoDB says of a request for some attributes only. */
function attributesOf({ Select, ExpressionAttributeNames = {} }: CommandInput): RequestContext {
  return Select === undefined
    ? {}
    : { 'dynamodb:Select': Select, 'dynamodb:Attributes': Object.values(ExpressionAttributeNames) };
}

type Call = readonly [action: string, resource: string, context: RequestContext];

interface CommandInput {
  readonly Select?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly TableName?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}
