import { Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../infra/settings/parse-settings.ts';
import { InvalidSettingsError } from '../../infra/settings/problems.ts';
import { ZohoTokenRefresher } from '../../infra/token-refresher.ts';
import { createStack, TWO_CONNECTIONS } from './synthesize.ts';

const KNOWN_KEYS =
  'secretPrefix, alarmEmails, pageEmails, ticketEmails, connections, refreshMarginSeconds, refreshJitterSeconds, functionTimeoutSeconds, ' +
  'zohoTimeoutSeconds, maxRefreshesPerSecond, maxInFlight, parkAfterDays, connectedStore, fleetShards, fleetRefreshesPerSecond, logRetentionDays, ' +
  'metricsPerConnection, routineMetrics, dashboard, unauthorizedRatePercent, unauthorizedMinimumCount, disabledAlarms, runbookBaseUrl, stateChangeEvents, acceptRotatedRefreshTokens, architecture, memoryMegabytes, ' +
  'reservedConcurrency, terminationProtection, removalPolicy, follow, consent, exampleConsumer';
const CONNECTION = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] };
const DATA_CENTERS = 'us, eu, in, au, jp, ca, sa, uk, cn, ae, sg';

test('an empty configuration has every default', () => {
  expect(parseSettings({})).toEqual({
    secretPrefix: 'zoho',
    alarmEmails: [],
    pageEmails: [],
    ticketEmails: [],
    connections: {},
    refreshMarginSeconds: 300,
    refreshJitterSeconds: 60,
    functionTimeoutSeconds: 75,
    zohoTimeoutSeconds: 10,
    maxRefreshesPerSecond: 20,
    maxInFlight: 25,
    parkAfterDays: 7,
    connectedStore: 'secrets-manager',
    logRetentionDays: 30,
    metricsPerConnection: 'declared',
    routineMetrics: false,
    dashboard: false,
    unauthorizedRatePercent: 0.5,
    unauthorizedMinimumCount: 3,
    runbookBaseUrl: 'https://github.com/zoho-token-refresher/zoho-token-refresher/blob/main/docs/runbooks',
    stateChangeEvents: ['blocked', 'recovered'],
    acceptRotatedRefreshTokens: false,
    disabledAlarms: [],
    architecture: 'arm64',
    memoryMegabytes: 512,
    terminationProtection: false,
    removalPolicy: 'retain',
  });
});

test('a connection is a server-based client without replicas by default, and pages', () => {
  const { connections } = parseSettings({ connections: TWO_CONNECTIONS });

  expect(connections).toEqual({
    'crm-prod': {
      dataCenter: 'eu',
      scopes: ['ZohoCRM.modules.ALL'],
      clientType: 'server-based',
      replicaRegions: ['us-east-1'],
      severity: 'page',
    },
    'desk-test': {
      dataCenter: 'au',
      scopes: ['Desk.tickets.READ'],
      clientType: 'self-client',
      replicaRegions: [],
      severity: 'page',
    },
  });
});

test('parsed settings are valid options', () => {
  const settings = parseSettings({
    connections: TWO_CONNECTIONS,
    runbookBaseUrl: 'https://example.com/a/',
    exampleConsumer: 'crm-prod',
  });

  expect(parseSettings(settings)).toEqual(settings);
});

describe('each problem says what is wrong, what was given and what is allowed:', () => {
  test.each([
    [[], '[] is not a configuration. Allowed: an object.'],
    [
      { refreshMarginSecond: 300 },
      'refreshMarginSecond: is not a known key. Did you mean "refreshMarginSeconds"?',
    ],
    [{ colour: 'red' }, `colour: is not a known key. Allowed: ${KNOWN_KEYS}.`],
    [
      { secretPrefix: '/zoho/' },
      'secretPrefix: "/zoho/" is not a prefix of secret names. Allowed: letters, digits, _, . and -, at most 128 characters.',
    ],
    [
      { alarmEmails: 'a@example.com' },
      'alarmEmails: "a@example.com" is not valid. Allowed: a list of e-mail addresses.',
    ],
    [
      { alarmEmails: ['a@example.com', 'on-call'] },
      'alarmEmails[1]: "on-call" is not an e-mail address. Allowed: an address such as on-call@example.com.',
    ],
    [
      { stateChangeEvents: ['blocked', 'unblocked'] },
      'stateChangeEvents[1]: "unblocked" is not a state change. Allowed: refused, blocked, recovered, refreshed. Did you mean "blocked"?',
    ],
    [
      { acceptRotatedRefreshTokens: 'yes' },
      'acceptRotatedRefreshTokens: "yes" is not valid. Allowed: true or false.',
    ],
    [
      { stateChangeEvents: 'all' },
      'stateChangeEvents: "all" is not valid. Allowed: a list of state changes: refused, blocked, recovered, refreshed; an empty one for none.',
    ],
    [
      { alarmEmails: ['a@example.com', 'a@example.com'] },
      'alarmEmails[1]: "a@example.com" is listed twice. Allowed: once.',
    ],
    [{ connections: [] }, 'connections: [] is not valid. Allowed: an object of connections by name.'],
    [
      { connections: { 'crm prod': CONNECTION } },
      'connections.crm prod: "crm prod" is not a connection name. Allowed: letters, digits, - and _, starting with a letter or digit, at most 64 characters.',
    ],
    [
      { connections: { crm: 'eu' } },
      'connections.crm: "eu" is not a connection. Allowed: an object with dataCenter and scopes.',
    ],
    [
      { connections: { crm: { ...CONNECTION, dataCenter: 'europe' } } },
      `connections.crm.dataCenter: "europe" is not a data center of Zoho. Allowed: ${DATA_CENTERS}. Did you mean "eu"?`,
    ],
    [
      { connections: { crm: { ...CONNECTION, dataCenter: 'AU' } } },
      `connections.crm.dataCenter: "AU" is not a data center of Zoho. Allowed: ${DATA_CENTERS}. Did you mean "au"?`,
    ],
    ...Object.entries({
      com: 'us',
      'com.au': 'au',
      'com.cn': 'cn',
      'accounts.zoho.in': 'in',
      'zohocloud.ca': 'ca',
    }).map(([domain, location]): [object, string] => [
      { connections: { crm: { ...CONNECTION, dataCenter: domain } } },
      `connections.crm.dataCenter: "${domain}" is not a data center of Zoho. Allowed: ${DATA_CENTERS}. Did you mean "${location}"?`,
    ]),
    [
      { connections: { crm: { scopes: ['A'] } } },
      `connections.crm.dataCenter: is missing. Allowed: ${DATA_CENTERS}.`,
    ],
    [
      { connections: { crm: { dataCenter: 'eu', scopes: [] } } },
      'connections.crm.scopes: [] is not valid. Allowed: at least one OAuth scope, each an item of its own, e.g. ["ZohoCRM.modules.READ"].',
    ],
    [
      { connections: { crm: { dataCenter: 'eu', scopes: ['A.READ,B.READ'] } } },
      'connections.crm.scopes[0]: "A.READ,B.READ" is not an OAuth scope. Allowed: one scope per item, without spaces and commas.',
    ],
    [
      { connections: { crm: { dataCenter: 'eu', scopes: ['A.READ', 'B.READ', 'A.READ'] } } },
      'connections.crm.scopes[2]: "A.READ" is listed twice. Allowed: once.',
    ],
    [
      { connections: { crm: { ...CONNECTION, clientType: 'self' } } },
      'connections.crm.clientType: "self" is not a client type. Allowed: server-based, self-client. Did you mean "self-client"?',
    ],
    [
      { connections: { crm: { ...CONNECTION, replicaRegions: ['eu-centrl-1'] } } },
      'connections.crm.replicaRegions[0]: "eu-centrl-1" is not an AWS region. Allowed: a region such as eu-central-1. Did you mean "eu-central-1"?',
    ],
    [
      { connections: { crm: { ...CONNECTION, datacenter: 'eu' } } },
      'connections.crm.datacenter: is not a known key. Did you mean "dataCenter"?',
    ],
    [
      { fleetRefreshesPerSecond: 30 },
      'fleetRefreshesPerSecond: 30 is the rate of each shard of a fleet, and this deployment has none. Allowed: together with connectedStore: "dynamodb" or with fleetShards. The rate of Secrets Manager is maxRefreshesPerSecond.',
    ],
    [{ fleetShards: 3 }, 'fleetShards: 3 is not valid. Allowed: 1, 2, 4, 8, 16.'],
    [
      { fleetShards: 1, fleetRefreshesPerSecond: 51 },
      'fleetRefreshesPerSecond: 51 is not valid. Allowed: a whole number from 1 to 50.',
    ],
    [
      { connectedStore: 'dynamo' },
      'connectedStore: "dynamo" is not a store. Allowed: secrets-manager, dynamodb. Did you mean "dynamodb"?',
    ],
    [
      { fleetShards: 8, reservedConcurrency: 10 },
      'reservedConcurrency: 10 is too little for a fleet with fleetShards: 8. Allowed: at least 11, because the tick of each shard needs an execution of its own.',
    ],
    [
      { reservedConcurrency: 1 },
      'reservedConcurrency: 1 is not valid. Allowed: a whole number from 3 to 1000.',
    ],
    [{ maxInFlight: '25' }, 'maxInFlight: "25" is not valid. Allowed: a whole number from 1 to 100.'],
    [
      { zohoTimeoutSeconds: 2.5 },
      'zohoTimeoutSeconds: 2.5 is not valid. Allowed: a whole number from 2 to 20.',
    ],
    [
      { refreshMarginSeconds: 179 },
      'refreshMarginSeconds: 179 is not valid. Allowed: a whole number from 180 to 1725.',
    ],
    [
      { functionTimeoutSeconds: 30, zohoTimeoutSeconds: 16 },
      'zohoTimeoutSeconds: 16 leaves too little of functionTimeoutSeconds (30) to publish the token. Allowed: at most half of it (15), or a functionTimeoutSeconds of at least 32.',
    ],
    [
      { logRetentionDays: 31 },
      'logRetentionDays: 31 is not a retention of CloudWatch Logs. Allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.',
    ],
    ...[0, 0.009, 100.1, '0.5', Number.NaN].map((unauthorizedRatePercent): [object, string] => [
      { unauthorizedRatePercent },
      `unauthorizedRatePercent: ${JSON.stringify(unauthorizedRatePercent)} is not valid. Allowed: a number from 0.01 to 100.`,
    ]),
    ...[0, 1001, 2.5].map((unauthorizedMinimumCount): [object, string] => [
      { unauthorizedMinimumCount },
      `unauthorizedMinimumCount: ${unauthorizedMinimumCount} is not valid. Allowed: a whole number from 1 to 1000.`,
    ]),
    [
      { connections: TWO_CONNECTIONS, exampleConsumer: 'crm' },
      'exampleConsumer: "crm" is not a declared connection. Allowed: crm-prod, desk-test. Did you mean "crm-prod"?',
    ],
    [
      { exampleConsumer: 'crm-prod' },
      'exampleConsumer: "crm-prod" is not a declared connection. Allowed: none, since no connection is declared.',
    ],
    [
      { connections: TWO_CONNECTIONS, exampleConsumer: true },
      'exampleConsumer: true is not a connection name. Allowed: the name of a declared connection.',
    ],
    [
      { runbookBaseUrl: 'runbooks' },
      'runbookBaseUrl: "runbooks" is not the address of a folder of runbooks. Allowed: an https URL of at most 300 characters.',
    ],
  ])('%j: %s', (options, problem) => {
    expect(problemsOf(options)).toEqual([problem]);
  });
});

test('what a connection with an invalid name contains is checked as well', () => {
  const problems = problemsOf({
    connections: { 'crm prod': { dataCenter: 'xx', scopes: ['A'], colour: 'red' } },
  });

  expect(problems.map((problem) => problem.slice(0, problem.indexOf(':'))).sort()).toEqual([
    'connections.crm prod',
    'connections.crm prod.colour',
    'connections.crm prod.dataCenter',
  ]);
});

test('all problems are reported at once, including those between settings', () => {
  const problems = problemsOf({
    secretPrefx: 'zoho',
    alarmEmails: ['on-call', 'on-call'],
    connections: { crm: { dataCenter: 'xx', scopes: ['A', 'A'], replicaRegions: 'us-east-1' } },
    functionTimeoutSeconds: 30,
    zohoTimeoutSeconds: 20,
    maxInFlight: 0,
  });

  expect(problems.map((problem) => problem.slice(0, problem.indexOf(':'))).sort()).toEqual([
    'alarmEmails[0]',
    'alarmEmails[1]',
    'connections.crm.dataCenter',
    'connections.crm.replicaRegions',
    'connections.crm.scopes[1]',
    'maxInFlight',
    'secretPrefx',
    'zohoTimeoutSeconds',
  ]);
});

test('the thresholds of the 401 alarm accept their bounds', () => {
  for (const thresholds of [
    { unauthorizedRatePercent: 0.01, unauthorizedMinimumCount: 1 },
    { unauthorizedRatePercent: 100, unauthorizedMinimumCount: 1000 },
  ]) {
    expect(parseSettings(thresholds)).toMatchObject(thresholds);
  }
});

describe('credentials in the configuration', () => {
  const misplaced = { connections: { crm: { ...CONNECTION, client_secret: 'do-not-show' } } };

  test('are rejected with a hint where they belong', () => {
    expect(problemsOf(misplaced)).toEqual([
      'connections.crm.client_secret: does not belong here. Credentials are never part of the configuration: zoho-tokens authorize stores them in the credentials secret of the deployed connection.',
    ]);
  });
});

test('a long value is truncated', () => {
  const [problem] = problemsOf({ secretPrefix: `/${'x'.repeat(5000)}` });

  expect(problem?.length).toBeLessThan(300);
});

test('the construct rejects the same options', () => {
  const options = { maxInFlight: 0, zohoTimeoutSeconds: 0 };

  expect(() => new ZohoTokenRefresher(createStack(), 'Another', options)).toThrow(InvalidSettingsError);
  expect(() => new ZohoTokenRefresher(createStack(), 'Another', options)).toThrow(
    'The configuration of the Zoho Token Refresher has 2 problems:\n' +
      '  - zohoTimeoutSeconds: 0 is not valid. Allowed: a whole number from 2 to 20.\n' +
      '  - maxInFlight: 0 is not valid. Allowed: a whole number from 1 to 100.',
  );
});

function problemsOf(options: unknown): readonly string[] {
  try {
    parseSettings(options);
  } catch (error) {
    if (error instanceof InvalidSettingsError) return error.problems;
    throw error;
  }
  return [];
}

test("the stack of an error of the construct begins with the user's line", () => {
  const stack = new Stack();
  const [, firstFrame = ''] = stackOf(() => new ZohoTokenRefresher(stack, 'Zoho', { maxInFlight: 0 }));

  expect(firstFrame).toContain('settings.test.ts');
});

/** The message and the frames of what this throws. */
function stackOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    return ((error as Error).stack ?? '').split('\n    at ');
  }
  return [];
}
