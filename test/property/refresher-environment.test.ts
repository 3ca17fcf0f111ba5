import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATA_CENTER_LOCATIONS } from '../../lambdas/core/zoho/data-centers.ts';
import {
  DEFAULT_CONFIG,
  InvalidConfigError,
  parseConfig,
  type RefresherConfig,
  toEnvironment,
} from '../../lambdas/refresher/config.ts';
import { REFRESH_TOKEN } from '../support/builders.ts';
import { leaks, secretPrefix } from './arbitraries.ts';
import { anyText, damagedJson } from './damaged-json.ts';
import { forAll, runsAfter } from './fuzz-runs.ts';

/** Independent copy of the documented bounds. */
const BOUNDS = {
  REFRESH_MARGIN_SECONDS: [180, 1725],
  REFRESH_JITTER_SECONDS: [0, 600],
  FUNCTION_TIMEOUT_SECONDS: [30, 75],
  ZOHO_TIMEOUT_SECONDS: [2, 20],
  MAX_REFRESHES_PER_SECOND: [1, 24],
  MAX_IN_FLIGHT: [1, 100],
  PARK_AFTER_DAYS: [1, 365],
} as const;
const NUMBERS = Object.keys(BOUNDS) as (keyof typeof BOUNDS)[];
const within = (name: keyof typeof BOUNDS) => fc.integer({ min: BOUNDS[name][0], max: BOUNDS[name][1] });

const connectionName = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/),
  fc.constantFrom('constructor', 'toString', 'hasOwnProperty', '0', '7', '00', 'A', 'a'),
);
const config: fc.Arbitrary<RefresherConfig> = fc.record({
  tableName: anyText(20).filter((text) => text !== ''),
  secretPrefix,
  declaredConnections: fc.dictionary(
    connectionName,
    fc.record(
      {
        dataCenter: fc.constantFrom(...DATA_CENTER_LOCATIONS),
        scopes: fc.array(anyText(12), { maxLength: 3 }),
      },
      { noNullPrototype: true },
    ),
    { maxKeys: 4, noNullPrototype: true },
  ),
  refreshMarginSeconds: within('REFRESH_MARGIN_SECONDS'),
  refreshJitterSeconds: within('REFRESH_JITTER_SECONDS'),
  functionTimeoutSeconds: within('FUNCTION_TIMEOUT_SECONDS'),
  zohoTimeoutSeconds: within('ZOHO_TIMEOUT_SECONDS'),
  maxRefreshesPerSecond: within('MAX_REFRESHES_PER_SECOND'),
  maxInFlight: within('MAX_IN_FLIGHT'),
  parkAfterDays: within('PARK_AFTER_DAYS'),
  metricsPerConnection: fc.constantFrom('declared', 'all'),
  acceptRotatedRefreshTokens: fc.boolean(),
  routineMetrics: fc.boolean(),
  stateChangeEvents: fc.uniqueArray(fc.constantFrom('blocked', 'recovered', 'refreshed')),
});

const VALID = toEnvironment({
  tableName: 'zoho-connections',
  secretPrefix: 'zoho',
  declaredConnections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
  ...DEFAULT_CONFIG,
});

/** Empty and blank texts. */
const NO_JSON = ['', ' ', '\n', '\u0000'].map((text) => ({ text, fields: undefined }));

/** Valid names, and names that are almost valid. */
const NAMES = ['crm prod', '-crm', '_crm', 'crm-', 'é', 'x'.repeat(64), 'x'.repeat(65)];

describe('a configuration', () => {
  const examples = [{}, { constructor: { dataCenter: 'eu', scopes: [] } } as const].map(
    (declaredConnections) => ({ ...parseConfig(VALID), declaredConnections }),
  );

  test('is read from the environment as it was written, also among variables of Lambda', () =>
    forAll([config], runsAfter<RefresherConfig>(examples, 60), (given) => {
      expect(parseConfig({ ...toEnvironment(given), PATH: '/bin' })).toEqual(given);
    }));
});

describe('an environment', () => {
  const value = fc.oneof(
    fc.constantFrom(undefined, '', ' ', '\n10', ...'0 -1 -0 1e1 0x10 10.0 010 ٧ 999999 9999999'.split(' ')),
    fc.constantFrom('zoho/', '/zoho', 'a//b', 'team/zoho', 'a=b', 'zoho*', 'null', '{}', '[]', REFRESH_TOKEN),
    fc.integer({ min: -10, max: 2000 }).map(String),
    anyText(6),
  );

  const edges = NUMBERS.flatMap((name) => {
    const [min, max] = BOUNDS[name];
    return [min - 1, min, max, max + 1].map((edge) => ({ [name]: String(edge) }));
  });

  test('is accepted if every variable is as documented; otherwise each wrong variable is named', () =>
    forAll(
      [
        fc.dictionary(fc.constantFrom('TABLE_NAME', 'SECRET_PREFIX', ...NUMBERS), value, {
          maxKeys: 4,
        }),
      ],
      runsAfter(edges, 120),
      (changed) => {
        const environment = { ...VALID, ...changed };

        const problems = problemsOf(environment);

        expect(problems.map((problem) => /^- ([A-Z_]+): /.exec(problem)?.[1]).sort()).toEqual(
          invalidVariables(environment),
        );
      },
    ));

  const declared = damagedJson(
    [
      { 'crm-prod': { dataCenter: 'eu', scopes: ['A'] }, desk: { dataCenter: 'au', scopes: [] } },
      { constructor: { dataCenter: 'us', scopes: [] } },
    ],
    Object.fromEntries(NAMES.map((name) => [name, [{ dataCenter: 'eu', scopes: [] }]])),
    [
      ...[
        { dataCenter: 'eu', scopes: [REFRESH_TOKEN] },
        { dataCenter: 'eu' },
        { scopes: [] },
        [REFRESH_TOKEN],
        REFRESH_TOKEN,
      ],
      ...[
        { dataCenter: 'eu', scopes: 'A' },
        { dataCenter: 'EU', scopes: [] },
        { dataCenter: 'eu', scopes: [7] },
      ],
      { dataCenter: REFRESH_TOKEN, scopes: REFRESH_TOKEN, client_secret: REFRESH_TOKEN },
    ],
  );

  test('has connections, or one line per wrong connection without its values, whatever its JSON is', () =>
    forAll([declared], runsAfter(NO_JSON, 120), ({ text, fields }) => {
      // A name is shown unchanged, including line breaks, and the name `__proto__` is ignored.
      fc.pre(![...(fields?.keys() ?? [])].some((name) => /[\r\n.:]|^__proto__$/.test(name)));

      const problems = problemsOf({ ...VALID, DECLARED_CONNECTIONS: text });

      const invalid = fields === undefined ? [undefined] : invalidConnections(fields);
      expect(new Set(problems.map(nameIn))).toEqual(new Set(invalid));
      expect(leaks(problems.join('\n'), REFRESH_TOKEN)).toBe(false);
    }));
});

/** The lines of the error that lists the problems. None if there is no error. */
function problemsOf(environment: Record<string, string | undefined>): string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.message.split('\n').slice(1);
    throw error;
  }
}

function invalidVariables(environment: Record<string, string | undefined>): string[] {
  const numbers = NUMBERS.filter((name) => {
    const text = environment[name] ?? '';
    const [min, max] = BOUNDS[name];
    return !/^[0-9]{1,6}$/.test(text) || Number(text) < min || Number(text) > max;
  });
  return [
    ...numbers,
    ...((environment.TABLE_NAME ?? '') === '' ? ['TABLE_NAME'] : []),
    ...(/^[\w.-]+$/.test(environment.SECRET_PREFIX ?? '') ? [] : ['SECRET_PREFIX']),
  ].sort();
}

function invalidConnections(fields: ReadonlyMap<string, unknown>): string[] {
  return [...fields].filter(([name, value]) => !isName(name) || !isConnection(value)).map(([name]) => name);
}

function isName(name: string): boolean {
  return /^[A-Za-z0-9]/.test(name) && name.length <= 64 && !/[^\w-]/.test(name);
}

function isConnection(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { dataCenter, scopes } = value as { dataCenter?: unknown; scopes?: unknown };
  const areTexts = Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string');
  return areTexts && DATA_CENTER_LOCATIONS.some((location) => location === dataCenter);
}

/** The connection that a problem concerns. Undefined for a problem of the whole variable. */
function nameIn(problem: string): string | undefined {
  return /^- DECLARED_CONNECTIONS\.(.*?)(?:\.(?:dataCenter|scopes)(?:\.\d+)?)?: /s.exec(problem)?.[1];
}
