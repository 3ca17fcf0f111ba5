import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CurrentEnvironment, readSettings } from '../../infra/settings/context.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'zoho-config-'));
const PROD = {
  account: '111122223333',
  region: 'eu-central-1',
  stackName: 'Zoho-Prod',
  secretPrefix: 'prod',
  tags: { team: 'crm' },
};
const HERE = { CDK_DEFAULT_ACCOUNT: PROD.account, CDK_DEFAULT_REGION: PROD.region };

beforeAll(() => {
  mkdirSync(join(folder, 'config'));
  writeFileSync(join(folder, 'config', 'prod.json'), JSON.stringify(PROD));
  writeFileSync(join(folder, 'other.json'), JSON.stringify({ secretPrefix: 'other' }));
  writeFileSync(
    join(folder, 'config', 'broken.json'),
    '{"alarmEmails": ["a@example.com"], "client_secret": hunter2}',
  );
  writeFileSync(
    join(folder, 'config', 'wrong.json'),
    JSON.stringify({ maxInFlight: 0, clientSecret: 'hunter2' }),
  );
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

describe('a configuration file', () => {
  test('holds the settings, and account, region, name and tags of the stack', () => {
    expect(read({ config: 'prod.json' })).toMatchObject(PROD);
  });

  test('without a folder in its name is in config/; a path is relative to the current folder', () => {
    expect(read({ config: 'config/prod.json' }).secretPrefix).toBe('prod');
    expect(read({ config: './other.json' }).secretPrefix).toBe('other');
    expect(read({ config: join(folder, 'other.json') }).secretPrefix).toBe('other');
  });

  test('that no one chose is not forgotten: without it, a deployment would remove all connections', () => {
    expect(() => read({})).toThrow(
      "config: no configuration is chosen, and there is config/broken.json, config/prod.json, config/wrong.json. Choose one: -c config=broken.json. For a deployment with every default: -c zohoTokenRefresher='{}'.",
    );
    expect(read({ zohoTokenRefresher: '{}' })).toMatchObject({ secretPrefix: 'zoho' });
  });

  test.each([
    [
      'is missing',
      'staging.json',
      `config: ${join('config', 'staging.json')} does not exist. Files without a folder in their name are in config/; for another place, pass a path such as ./prod.json. To create one, copy config/example.json.`,
    ],
    ['is elsewhere', 'other.json', `config: ${join('config', 'other.json')} does not exist.`],
    ['is a folder', './config', 'config: ./config cannot be read (EISDIR).'],
    ['has no name', '', 'config: has to be the name of a file, such as -c config=prod.json.'],
    [
      'is not JSON',
      'broken.json',
      /config\/broken\.json: is not JSON \(.+\)\. Compare it with config\/example\.json\./,
    ],
    [
      'has invalid settings',
      'wrong.json',
      'maxInFlight: 0 is not valid. Allowed: a whole number from 1 to 100.',
    ],
  ])('that %s is an error with the next step', (_, config, problem) => {
    expect(() => read({ config })).toThrow(problem);
  });

  test.each(['broken.json', 'wrong.json'])(
    'with a misplaced secret is reported without it (%s)',
    (config) => {
      expect(() => read({ config })).not.toThrow(/hunter2/);
    },
  );

  test('together with the configuration in cdk.json is an error', () => {
    expect(() => read({ config: 'prod.json', zohoTokenRefresher: {} })).toThrow(
      'config: cannot be used together with zohoTokenRefresher, which is in cdk.json or on the command line. Move that configuration to a file in config/.',
    );
  });

  test('with a misspelt key of the context is an error', () => {
    expect(() => read({ confg: 'prod.json' })).toThrow(
      'confg: is not a known context key. Did you mean "config"?',
    );
  });
});

describe('a configuration for one account and region', () => {
  test.each([
    [
      { ...HERE, CDK_DEFAULT_ACCOUNT: '444455556666' },
      'account: the configuration is for 111122223333, the current credentials are of 444455556666. Use credentials of 111122223333 (--profile), or another configuration file.',
    ],
    [
      { ...HERE, CDK_DEFAULT_REGION: 'us-east-1' },
      'region: the configuration is for eu-central-1, the current region is us-east-1. Set AWS_REGION=eu-central-1 (or the region of the --profile), or use another configuration file.',
    ],
  ])('is an error with the credentials of another one', (current, problem) => {
    expect(() => read({ config: 'prod.json' }, current)).toThrow(problem);
    expect(() => read({ zohoTokenRefresher: PROD }, current)).toThrow(problem);
  });

  test('works without credentials, to see the template', () => {
    expect(read({ config: 'prod.json' }, {}).account).toBe(PROD.account);
    expect(read({ config: 'prod.json' }, { CDK_DEFAULT_ACCOUNT: '' }).account).toBe(PROD.account);
    expect(read({ config: 'prod.json' }, { CDK_DEFAULT_REGION: 'us-east-1' }).region).toBe(PROD.region);
  });
});

test.each([
  [
    { account: 111122223333 },
    'account: 111122223333 is not the ID of an AWS account. Allowed: 12 digits in quotes.',
  ],
  [
    { region: 'Frankfurt' },
    'region: "Frankfurt" is not an AWS region. Allowed: a region such as eu-central-1.',
  ],
  [
    { region: 'eu-central-9' },
    'region: "eu-central-9" is not an AWS region. Allowed: a region such as eu-central-1. Did you mean "eu-central-1"?',
  ],
  [
    { stackName: 'zoho_prod' },
    'stackName: "zoho_prod" is not a name of a stack. Allowed: letters, digits and -, starting with a letter, at most 128 characters.',
  ],
  [{ tags: ['team'] }, 'tags: a list is not an object of tags. Allowed: an object such as {"team":"crm"}.'],
  [{ tags: { team: 7 } }, 'tags.team: 7 is not the value of a tag. Allowed: text of at most 256 characters.'],
  [
    { tags: { 'aws:team': 'crm' } },
    'tags.aws:team: "aws:team" is not the key of a tag. Allowed: at most 128 characters, not beginning with aws:.',
  ],
])('each problem with a setting of the app says what is allowed', (given, problem) => {
  expect(() => read({ zohoTokenRefresher: given })).toThrow(`  - ${problem}`);
});

test('the example is valid', () => {
  const example = JSON.parse(readFileSync(join(root, 'config/example.json'), 'utf8'));

  expect(read({ zohoTokenRefresher: example })).toMatchObject(example);
});

test('git ignores configuration files except the example', () => {
  const ignored = (path: string) => {
    try {
      return execFileSync('git', ['check-ignore', path], { cwd: root, encoding: 'utf8' }).trim() === path;
    } catch {
      return false;
    }
  };

  expect(ignored('config/prod.json')).toBe(true);
  expect(ignored('config/example.json')).toBe(false);
});

function read(context: Record<string, unknown>, current: CurrentEnvironment = HERE) {
  return readSettings(new App({ context }).node, current);
}
