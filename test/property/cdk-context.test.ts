import { App } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_ENVIRONMENT_BYTES, refresherEnvironment } from '../../infra/refresher-environment.ts';
import { readSettings } from '../../infra/settings/context.ts';
import { checkSettings, parseSettings } from '../../infra/settings/parse-settings.ts';
import { InvalidSettingsError } from '../../infra/settings/problems.ts';
import { type Settings, settingsSchema } from '../../infra/settings/settings.ts';
import { parseConfig } from '../../lambdas/refresher/config.ts';
import { CLIENT_SECRET, REFRESH_TOKEN } from '../support/builders.ts';
import { LOCATIONS, leaks, secretPrefix } from './arbitraries.ts';
import { anyPath, anyText, damagedJson } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

/** Regions of one partition. */
const REGIONS = RegionInfo.regions.filter(({ partition }) => partition === 'aws').map(({ name }) => name);
const name = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/),
  fc.constantFrom('constructor', 'toString', 'hasOwnProperty', 'Key', 'Refresher', '0', '7', 'A', 'a'),
);
const scope = fc
  .oneof(fc.constantFrom('ZohoCRM.modules.ALL', 'Desk.tickets.READ'), anyText(20))
  .filter(isScope);

const connection = fc.record(
  {
    dataCenter: fc.constantFrom(...LOCATIONS),
    scopes: fc.uniqueArray(scope, { minLength: 1, maxLength: 3 }),
    clientType: fc.constantFrom('server-based', 'self-client'),
    replicaRegions: fc.uniqueArray(fc.constantFrom(...REGIONS), { maxLength: 2 }),
  },
  { requiredKeys: ['dataCenter', 'scopes'], noNullPrototype: true },
);

/** Configurations that the README allows. Every key is optional. */
const validOptions = fc.record(
  {
    secretPrefix,
    alarmEmails: fc.constantFrom([], ['on-call@example.com'], ['a@example.com', 'b@example.com']),
    connections: fc.dictionary(name, connection, { maxKeys: 4, noNullPrototype: true }),
    refreshMarginSeconds: fc.integer({ min: 180, max: 1725 }),
    refreshJitterSeconds: fc.integer({ min: 0, max: 600 }),
    functionTimeoutSeconds: fc.integer({ min: 40, max: 75 }),
    zohoTimeoutSeconds: fc.integer({ min: 2, max: 20 }),
    maxRefreshesPerSecond: fc.integer({ min: 1, max: 24 }),
    maxInFlight: fc.integer({ min: 1, max: 100 }),
    parkAfterDays: fc.integer({ min: 1, max: 365 }),
    logRetentionDays: fc.constantFrom(1, 30, 3653),
    unauthorizedRatePercent: fc.double({ min: 0.01, max: 100, noNaN: true }),
    unauthorizedMinimumCount: fc.integer({ min: 1, max: 1000 }),
    runbookBaseUrl: anyPath().map((path) => `https://example.com${path}`),
  },
  { requiredKeys: [], noNullPrototype: true },
);

describe('a valid configuration', () => {
  test('has the given settings, and parsing them again changes nothing', () =>
    forAll([validOptions], runs(25), (options) => {
      const settings = parseSettings(options);

      const { connections = {}, runbookBaseUrl, ...plain } = options;
      expect(settings).toMatchObject(plain);
      expect(Object.keys(settings.connections).sort()).toEqual(Object.keys(connections).sort());
      expect(settings.connections).toMatchObject(connections);
      expect(runbookBaseUrl?.startsWith(settings.runbookBaseUrl) ?? true).toBe(true);
      expect(parseSettings(settings)).toEqual(settings);
    }));

  test('reaches the refresher unchanged, in an environment that Lambda accepts', () =>
    forAll([validOptions], runs(25), (options) => {
      const settings = parseSettings(options);

      const environment = refresherEnvironment(settings, 'connections');
      const config = parseConfig(environment);

      const { declaredConnections, tableName: _, ...numbers } = config;
      expect(settings).toMatchObject(numbers);
      expect(declaredConnections).toEqual(declaredPartOf(settings));
      expect(Buffer.byteLength(JSON.stringify(environment))).toBeLessThanOrEqual(MAX_ENVIRONMENT_BYTES);
    }));

  test('is the same from cdk.json and from the command line', () =>
    forAll([validOptions], runs(15), (options) => {
      expect(readFrom(JSON.stringify(options))).toEqual(readFrom(options));
      expect(readFrom(options)).toMatchObject(parseSettings(options));
    }));
});

/** Settings with one error each, and where that error is. */
const INVALID: readonly (readonly [where: string, key: string, value: unknown])[] = [
  ['secretPrefix', 'secretPrefix', '/zoho'],
  ['alarmEmails[1]', 'alarmEmails', ['on-call@example.com', 'on-call']],
  ['alarmEmails', 'alarmEmails', 'on-call@example.com'],
  ['connections.crm prod', 'connections', { 'crm prod': { dataCenter: 'eu', scopes: ['A'] } }],
  ['connections.crm.dataCenter', 'connections', { crm: { dataCenter: 'EU', scopes: ['A'] } }],
  ['connections.crm.scopes[0]', 'connections', { crm: { dataCenter: 'eu', scopes: ['A,B'] } }],
  [
    'connections.crm.client_secret',
    'connections',
    { crm: { dataCenter: 'eu', scopes: ['A'], client_secret: 'x' } },
  ],
  ['connections', 'connections', []],
  ['refreshMarginSeconds', 'refreshMarginSeconds', 179],
  ['refreshJitterSeconds', 'refreshJitterSeconds', '60'],
  ['functionTimeoutSeconds', 'functionTimeoutSeconds', 60.5],
  ['zohoTimeoutSeconds', 'zohoTimeoutSeconds', null],
  ['maxRefreshesPerSecond', 'maxRefreshesPerSecond', -0],
  ['maxInFlight', 'maxInFlight', 1e308],
  ['logRetentionDays', 'logRetentionDays', 31],
  ['unauthorizedRatePercent', 'unauthorizedRatePercent', 0],
  ['unauthorizedMinimumCount', 'unauthorizedMinimumCount', 1001],
  ['runbookBaseUrl', 'runbookBaseUrl', 'http://example.com'],
  ['exampleConsumer', 'exampleConsumer', 'no name'],
  ['secretPrefx', 'secretPrefx', 'zoho'],
  ['__proto__', '__proto__', { secretPrefix: 'zoho' }],
];

describe('an invalid configuration', () => {
  test('has all of its errors reported, and nothing else', () =>
    forAll(
      [validOptions, fc.uniqueArray(fc.constantFrom(...INVALID), { selector: ([, key]) => key })],
      runs(40),
      (options, given) => {
        const keys = given.map(([, key]) => key);
        const valid = Object.entries(options).filter(([key]) => !keys.includes(key));
        const invalid = Object.fromEntries([...valid, ...given.map(([, key, value]) => [key, value])]);

        const reported = problemsOf(() => parseSettings(invalid));

        expect(reported.map(placeOf).sort()).toEqual(given.map(([where]) => where).sort());
      },
    ));

  const damagedSettings = damagedJson(
    [
      {
        secretPrefix: 'zoho',
        alarmEmails: ['on-call@example.com'],
        connections: { crm: { dataCenter: 'eu', scopes: ['A'] } },
        functionTimeoutSeconds: 60,
        zohoTimeoutSeconds: 10,
        unauthorizedRatePercent: 0.5,
        runbookBaseUrl: 'https://example.com/runbooks',
        exampleConsumer: 'crm',
      },
    ],
    {
      secretPrefix: ['zoho/', 7, ''],
      alarmEmails: [[], ['on-call'], 'on-call@example.com', {}],
      connections: [
        {},
        [],
        { crm: {} },
        { crm: { dataCenter: 'xx', scopes: [' '] } },
        { desk: { scopes: ['A', 'A'] } },
      ],
      functionTimeoutSeconds: [30, '60', 76],
      zohoTimeoutSeconds: [2, 20, 21],
      maxInFlight: [0, 1],
      runbookBaseUrl: ['javascript:alert(1)', 'https://', 'https://example.com//'],
      exampleConsumer: ['desk', 'crm', true],
    },
  );

  test('is settings or one error with a line for each problem, however damaged it is', () =>
    forAll(
      [fc.oneof(damagedSettings, damagedSettings, anyDocument), fc.boolean()],
      runs(60),
      ({ text, fields }, asText) => {
        fc.pre(asText || fields !== undefined);

        const problems = problemsOf(() => readFrom(asText ? text : JSON.parse(text)));

        expect(problems.every((problem) => problem.length > 10 && !/[\r\n]/.test(problem))).toBe(true);
        expect(fields === undefined && problems.length === 0).toBe(false);
      },
    ));

  test('yields the same settings or errors from cdk.json and from the command line', () =>
    forAll([damagedSettings], runs(30), ({ text, fields }) => {
      fc.pre(fields !== undefined);

      expect(problemsOf(() => readFrom(text))).toEqual(problemsOf(() => readFrom(JSON.parse(text))));
      expect(checkSettings(JSON.parse(text), settingsSchema)).toEqual(
        checkSettings(JSON.parse(text), settingsSchema),
      );
    }));

  test('with a connection called __proto__ is rejected like any other invalid name', () => {
    const json = '{"connections":{"__proto__":{"dataCenter":"eu","scopes":["A"]}}}';

    expect(problemsOf(() => readFrom(json)).map(placeOf)).toEqual(['connections.__proto__']);
  });

  test.each([
    ['in a list', { connections: [{ client_secret: CLIENT_SECRET }] }],
    ['in an object', { alarmEmails: { client_secret: CLIENT_SECRET } }],
    ['in a connection that is a list', { connections: { crm: [{ client_secret: CLIENT_SECRET }] } }],
    ['in JSON that is none', `{"client_secret":x${CLIENT_SECRET}}`],
  ])('never has a misplaced client secret shown: %s', (_, context) => {
    expect(leaks(problemsOf(() => readFrom(context)).join(), CLIENT_SECRET.slice(0, 12))).toBe(false);
  });

  test('has its errors reported however deep or unusual a value is', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;

    expect(problemsOf(() => readFrom(`{"maxInFlight":${deep}}`))).toHaveLength(1);
    expect(problemsOf(() => parseSettings({ maxInFlight: 25n }))).toHaveLength(1);
    expect(problemsOf(() => parseSettings({ 'a\nb': 1 })).join()).not.toContain('\n');
  });

  test('never shows the value of an unknown key: it may be a misplaced secret', () => {
    const key = fc.oneof(
      fc.constantFrom(
        'client_secret',
        'refresh_token',
        'clientSecret',
        'refreshToken',
        'secret',
        'Connections',
      ),
      fc.stringMatching(/^[a-z_]{1,12}$/).filter((text) => !KNOWN_KEYS.includes(text)),
    );
    const value = fc.constantFrom<unknown>(REFRESH_TOKEN, [REFRESH_TOKEN], {
      [REFRESH_TOKEN]: REFRESH_TOKEN,
    });

    return forAll([validOptions, key, value, fc.boolean()], runs(25), (options, unknown, put, isInside) => {
      const crm = { dataCenter: 'eu', scopes: ['A'], [unknown]: put };
      const misplaced = isInside ? { ...options, connections: { crm } } : { ...options, [unknown]: put };

      const problems = problemsOf(() => parseSettings(misplaced));

      expect(problems.map(placeOf)).toEqual([isInside ? `connections.crm.${unknown}` : unknown]);
      expect(leaks(problems.join(), REFRESH_TOKEN)).toBe(false);
    });
  });
});

const KNOWN_KEYS = ['connections', 'scopes'];

/** JSON that is not a configuration. */
const anyDocument = fc
  .oneof(
    fc.json({ maxDepth: 2 }),
    anyText(12).filter((text) => !isJson(text)),
  )
  .map((text) => ({ text, fields: isObject(text) ? new Map(Object.entries(JSON.parse(text))) : undefined }));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isObject(text: string): boolean {
  return isJson(text) && Object.prototype.toString.call(JSON.parse(text)) === '[object Object]';
}

function isScope(text: string): boolean {
  return text !== '' && !/[\s,]/.test(text);
}

function readFrom(context: unknown): Settings {
  return readSettings(new App({ context: { zohoTokenRefresher: context } }).node);
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof InvalidSettingsError)) throw error;
    expect(error.message.split('\n  - ').slice(1)).toEqual(error.problems);
    expect(error.problems.length).toBeGreaterThan(0);
    return error.problems;
  }
}

function placeOf(problem: string): string {
  return problem.slice(0, problem.indexOf(': '));
}

function declaredPartOf({ connections }: Settings) {
  return Object.fromEntries(
    Object.entries(connections).map(([each, { dataCenter, scopes }]) => [each, { dataCenter, scopes }]),
  );
}
