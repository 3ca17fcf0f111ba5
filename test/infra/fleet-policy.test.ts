import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { encryptionContext, type SealedKind } from '../../lambdas/core/secrets/sealing.ts';
import { addedByFleet } from '../support/fleet-roles.ts';

const FILE = fileURLToPath(new URL('../../docs/fleet-policy.json', import.meta.url));

interface Policy {
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Action: readonly string[];
    readonly Resource: string | readonly string[];
    readonly Condition?: object;
  }[];
}

describe("the operators' policy for a fleet, filled in by the commands of the runbooks", () => {
  const statements = fillIn().Statement;
  const Statement = statements.filter(({ Sid }) => !Sid.startsWith('OnlyTo'));
  const allowed = Statement.map(({ Action, Resource, Condition }) => [Resource, Action, Condition]);

  it('lets them store and delete credentials, and delete tokens, which only the refresher writes, and list names only', () => {
    const table = 'arn:aws:dynamodb:eu-west-1:111122223333:table';

    expect(allowed.filter(([resource]) => String(resource).includes(':dynamodb:'))).toEqual([
      [`${table}/Stack-Credentials1`, ['dynamodb:Scan'], ONLY_NAMES],
      [`${table}/Stack-Tokens1`, ['dynamodb:Scan'], ONLY_NAMES],
      [
        `${table}/Stack-Credentials1`,
        ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
        undefined,
      ],
      [`${table}/Stack-Tokens1`, ['dynamodb:GetItem', 'dynamodb:DeleteItem'], undefined],
    ]);
  });

  it('lets them look at the schedule of each shard', () => {
    const schedule = 'arn:aws:scheduler:eu-west-1:111122223333:schedule/default';

    expect(allowed.filter(([resource]) => Array.isArray(resource))).toEqual([
      [[`${schedule}/Stack-Shard0`, `${schedule}/Stack-Shard1`], ['scheduler:GetSchedule'], undefined],
    ]);
  });

  it('lets them decrypt what is sealed for connections of this deployment, and encrypt credentials only', () => {
    expect(allowed.filter(([resource]) => resource === KEY)).toEqual([
      [KEY, ['kms:Encrypt', 'kms:Decrypt'], conditionFor('credentials')],
      [KEY, ['kms:Decrypt'], conditionFor('access-token')],
    ]);
  });

  it('has the conditions of the deployed roles: ConsentApi for credentials, a consumer of all connections for tokens', () => {
    const { operator, ConsentApi, 'consumer of all': consumer } = addedByFleet();
    const ofKey = (statements: typeof operator) =>
      statements
        .filter(({ resources }) => resources.includes('KEY_ARN'))
        .map(({ actions, condition }) => ({ actions: [...actions].sort(), condition }));

    expect(ofKey(operator)).toEqual([...ofKey(ConsentApi), ...ofKey(consumer)]);
  });

  it('has what only a restored table of credentials needs in statements of their own, for the same connections', () => {
    const occasional = statements.filter(({ Sid }) => Sid.startsWith('OnlyTo'));

    expect(occasional.map(({ Resource, Action, Condition }) => [Resource, Action, Condition])).toEqual([
      ['arn:aws:dynamodb:eu-west-1:111122223333:table/RETAINED_TABLE', ['dynamodb:Scan'], undefined],
      ['OLD_KEY_ARN', ['kms:Decrypt'], conditionFor('credentials')],
    ]);
  });

  it('has no placeholder left, and no partition before it is filled in', () => {
    expect(JSON.stringify(Statement)).not.toMatch(/PARTITION|REGION|ACCOUNT|PREFIX|_TABLE|SHARD_|KEY_ARN/);
    expect(readFileSync(FILE, 'utf8')).not.toMatch(/arn:aws/);
  });
});

const ONLY_NAMES = {
  StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
  'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['connection'] },
};

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1';

function conditionFor(kind: SealedKind) {
  const { connection: _, ...context } = encryptionContext('team-a', { kind, connection: 'crm' });
  return {
    StringEquals: Object.fromEntries(
      Object.entries(context).map(([key, value]) => [`kms:EncryptionContext:${key}`, value]),
    ),
    'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['deployment', 'kind', 'connection'] },
    Null: { 'kms:EncryptionContext:connection': 'false' },
  };
}

/** Runs the command of the runbooks in a shell. */
function fillIn(): Policy {
  const guide = readFileSync(new URL('../../docs/runbooks/README.md', import.meta.url), 'utf8');
  const [, command = ''] = /```bash\n(shards=[^`]+fleet-policy\.json\n)```/.exec(guide) ?? [];
  const stubs = `deployment=team-a partition=aws region=eu-west-1 account=111122223333
address() { case "$1" in key) echo '${KEY}';; tokens-table) echo Stack-Tokens1;; credentials-table) echo Stack-Credentials1;; shard-schedules) echo Stack-Shard0,Stack-Shard1;; esac; }`;
  const folder = mkdtempSync(join(tmpdir(), 'fleet-policy-'));
  try {
    execFileSync('bash', ['-euc', `${stubs}\n${command.replace('docs/fleet-policy.json', FILE)}`], {
      cwd: folder,
    });
    return JSON.parse(readFileSync(join(folder, 'fleet-policy.json'), 'utf8')) as Policy;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
