import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Item, parseItem, toAttributes, toItem } from '../../lambdas/adapters/connection-row.ts';
import {
  type Connection,
  INCIDENT_STATES,
  PROBLEMS,
  SEVERITIES,
  shouldHaveValidToken,
} from '../../lambdas/core/connection/connection.ts';
import { toSingleLine } from '../../lambdas/core/single-line.ts';
import { activeConnection, blockedConnection, HOUR_MS, REFRESH_TOKEN } from '../support/builders.ts';
import {
  connection,
  connectionName,
  isHostIn,
  LOCATIONS,
  leaks,
  secretPrefix,
  ZOHO_DOMAINS,
} from './arbitraries.ts';
import { anyText } from './damaged-json.ts';
import { forAll, runs, runsAfter } from './fuzz-runs.ts';

const optionalText = fc.option(anyText(20), { nil: undefined });

/** Rows that the refresher may write, with any text in fields that come from Zoho or an operator. */
const anyRow: fc.Arbitrary<Connection> = fc
  .record({
    row: connection,
    name: connectionName,
    source: fc.constantFrom('declared' as const, 'connected' as const),
    fromZoho: fc.record({
      apiDomain: fc.constantFrom(undefined, 'https://www.zohoapis.eu', 'https://sandbox.zohoapis.com.au'),
      dataCenter: fc.constantFrom(undefined, ...LOCATIONS),
      scope: optionalText,
    }),
    message: anyText(40),
    versionId: fc.stringMatching(/^[\w-]{0,64}$/),
    follows: fc.option(fc.record({ secretPrefix, generation: fc.nat() }), { nil: undefined }),
    notices: fc.record({
      incidents: fc.array(
        fc
          .record({
            problem: fc.constantFrom(...PROBLEMS),
            sinceMs: fc.nat(),
            state: fc.constantFrom(...INCIDENT_STATES),
            client: fc.record({ name: connectionName, changedAtMs: fc.nat() }),
          })
          .map(({ client, ...incident }) =>
            incident.problem === 'client-refused' ? { ...incident, client } : incident,
          ),
        { maxLength: 4 },
      ),
      severity: fc.constantFrom(undefined, ...SEVERITIES),
      incarnation: fc.constantFrom(undefined, 1, 2),
      clientKey: fc.constantFrom(undefined, '0123abcd'),
    }),
    notifiedInMs: fc.option(fc.integer({ min: -HOUR_MS, max: HOUR_MS }), { nil: undefined }),
  })
  .map(({ row, name, source, fromZoho, message, versionId, follows, notices, notifiedInMs }) => ({
    ...row,
    ...notices,
    notifyAtMs: notifiedInMs === undefined ? undefined : Math.max(0, row.nextAttemptAtMs + notifiedInMs),
    ...fromZoho,
    name,
    source,
    follows,
    token: row.token && { ...row.token, versionId },
    lastFailure: row.lastFailure && { ...row.lastFailure, message },
  }));

describe('a row of the connections table', () => {
  test('is read as it was written, its texts on one line', () =>
    forAll([anyRow], runs(25), (row) => {
      const { scope, lastFailure } = row;
      expect(parseItem(toItem(row))).toEqual({
        ...row,
        scope: scope && toSingleLine(scope),
        lastFailure: lastFailure && { ...lastFailure, message: toSingleLine(lastFailure.message) },
      });
    }));

  test('is in the index of due connections unless it is disabled, and in the index of expiries while its token should be valid', () =>
    forAll([anyRow], runs(25), (row) => {
      const { queue, live } = toItem(row);

      expect(queue?.S).toBe(row.status === 'disabled' ? undefined : 'due');
      expect(live?.S).toBe(shouldHaveValidToken(row) ? 'live' : undefined);
    }));

  test('has no attribute without a value', () =>
    forAll([anyRow], runs(20), (row) => {
      expect(Object.values(toAttributes(row))).not.toContain(undefined);
    }));
});

/** Numbers in DynamoDB's notation: decimal digits without an exponent. */
const numberText = fc.oneof(
  fc.constantFrom('0', '1', '-1', '7', '0.5', '-0.5', '1767603600000'),
  fc.constantFrom(
    '9007199254740992',
    '1000000000000000000000000000000',
    '-99999999999999999999999999999999999999',
  ),
  fc.integer().map(String),
);

/** Any attribute that DynamoDB can store. */
const { attribute } = fc.letrec<{ attribute: AttributeValue }>((tie) => ({
  attribute: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'attribute' },
    fc
      .oneof(
        fc.constantFrom('active', 'paused', 'declared', 'due', '7', '', REFRESH_TOKEN, 'constructor'),
        anyText(8),
      )
      .map((S) => ({ S })),
    numberText.map((N) => ({ N })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true }),
    fc.uint8Array({ maxLength: 4 }).map((B) => ({ B })),
    fc.array(numberText, { minLength: 1, maxLength: 2 }).map((NS) => ({ NS })),
    fc.constantFrom<AttributeValue>({ SS: ['active'] }, { BS: [new Uint8Array([7])] }),
    fc.array(tie('attribute'), { maxLength: 3 }).map((L) => ({ L })),
    fc
      .dictionary(fc.constantFrom('code', 'message', 'at', '__proto__', 'x'), tie('attribute'), {
        maxKeys: 3,
      })
      .map((M) => ({ M })),
  ),
})) as { attribute: fc.Arbitrary<AttributeValue> };

const NAMES = Object.keys({
  ...toItem(activeConnection()),
  ...toItem(blockedConnection()),
  ignoredApiDomain: 0,
  leaseOwner: 0,
  leaseUntil: 0,
  followsPrefix: 0,
  followedGeneration: 0,
  onDemandMints: 0,
  challenged: 0,
  challenges: 0,
  clientKey: 0,
});

/** Attributes that are almost valid, or valid in another place. */
const NEAR_MISSES: readonly AttributeValue[] = [
  ...['0', '-1', '0.5', '7', '9007199254740992'].map((N) => ({ N })),
  ...['', 'active', 'Active', 'declared', '7'].map((S) => ({ S })),
  ...[[{ N: '-1' }], [{ N: '7' }], [{ S: '7' }], []].map((L) => ({ L })),
  ...[{ at: { N: '-1' } }, { at: { S: '7' } }, { code: { NULL: true as const } }, {}].map((changed) => ({
    M: { code: { S: 'timeout' }, message: { S: 'slow' }, at: { N: '7' }, ...changed },
  })),
];
const EDITED = NAMES.flatMap((name) =>
  NEAR_MISSES.map((value): Item => ({ ...toItem(blockedConnection()), [name]: value })),
);
const known = fc.constantFrom(...NAMES);

/** Valid items that were edited by hand. */
const editedItem: fc.Arbitrary<Item> = fc
  .record({
    row: anyRow,
    removed: fc.array(known, { maxLength: 1 }),
    set: fc.oneof(
      fc.dictionary(known, fc.constantFrom(...NEAR_MISSES), { maxKeys: 2 }),
      fc.dictionary(fc.oneof(known, fc.constantFrom('note', 'constructor')), attribute, { maxKeys: 3 }),
    ),
  })
  .map(({ row, removed, set }) => {
    const item = { ...toItem(row), ...set };
    return Object.fromEntries(Object.entries(item).filter(([name]) => !removed.includes(name)));
  });

const item = fc.oneof(
  { weight: 4, arbitrary: editedItem },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...NAMES, '__proto__', ''), attribute) },
);

describe('an item from any writer', () => {
  test('is a row if every attribute is as documented; otherwise its problems are named', () =>
    forAll([item], runsAfter(EDITED, 60), (given) => {
      const row = parseItem(given);

      const named =
        'malformed' in row ? row.problem.split('; ').map((problem) => problem.split(/[.:]/)[0]) : [];
      expect([...new Set(named)].sort()).toEqual(faultyAttributes(given));
    }));

  test('that is not a row is reported by its name, without its values', () =>
    forAll([item], runs(40), (given) => {
      const row = parseItem(given);
      fc.pre('malformed' in row);

      expect(row.name).toBe(name(given.connection) ? given.connection?.S : '(no valid name)');
      expect(leaks(row.problem, REFRESH_TOKEN)).toBe(false);
    }));

  test('is written back as it was read', () =>
    forAll([editedItem], runs(50), (given) => {
      const row = parseItem(given);
      fc.pre(!('malformed' in row));

      expect(parseItem(toItem(row))).toEqual(row);
    }));

  test('may have unknown attributes', () =>
    forAll(
      [anyRow, fc.dictionary(fc.constantFrom('note', 'ttl', 'constructor', '__proto__'), attribute)],
      runs(25),
      (row, attributes) => {
        expect(parseItem({ ...attributes, ...toItem(row) })).toEqual(parseItem(toItem(row)));
      },
    ));

  const anyNumber = fc.oneof(
    fc.constantFrom('9007199254740993.5', '-99999999999999999999.5', '1E+100', '8640000000000001'),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }).map(String),
  );
  const place = fc.constantFrom(
    'note',
    'generation',
    'tokenIssuedAt',
    'tokenExpiresAt',
    'nextAttemptAt',
    'failures',
  );

  test('may have a number of any size anywhere: it is a row whose times can be formatted, or malformed', () =>
    forAll([place, anyNumber], runs(100), (attributeName, N) => {
      const row = parseItem({ ...toItem(activeConnection()), [attributeName]: { N } });

      const times =
        'malformed' in row ? [] : [row.nextAttemptAtMs, row.token?.issuedAtMs, row.token?.expiresAtMs];
      expect(() => times.map((timeMs) => new Date((timeMs ?? 0) + HOUR_MS).toISOString())).not.toThrow();
    }));

  test('does not affect other items', () =>
    forAll([attribute], runs(20), (value) => {
      parseItem(Object.fromEntries([...Object.entries(toItem(activeConnection())), ['__proto__', value]]));

      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(({} as { status?: unknown }).status).toBeUndefined();
    }));
});

/** Names of the attributes that are not as docs/design.md defines them, judged on DynamoDB's format without the SDK. */
function faultyAttributes(given: Item): string[] {
  return Object.entries(DOCUMENTED)
    .filter(([name, isSound]) => !isSound(Object.hasOwn(given, name) ? given[name] : undefined))
    .map(([name]) => name)
    .sort();
}

type Check = (value: AttributeValue | undefined) => boolean;

const text: Check = (value) => value?.S !== undefined;
const matching = (pattern: RegExp): Check => {
  return (value) => value?.S !== undefined && pattern.test(value.S);
};
const name = matching(/^[A-Za-z0-9][\w-]{0,63}$/);
const version = matching(/^[\w-]{0,64}$/);
const prefix = matching(/^[\w+=.@-]+(\/[\w+=.@-]+)*$/);
const apiDomain: Check = (value) =>
  value?.S?.startsWith('https://') === true && isHostIn(Object.values(ZOHO_DOMAINS).flat(), value.S.slice(8));
const oneOf = (...words: string[]): Check => {
  return (value) => value?.S !== undefined && words.includes(value.S);
};
const wholeNumber: Check = (value) =>
  value?.N !== undefined && /^\d{1,16}$/.test(value.N) && Number(value.N) <= 2e12;
const time: Check = (value) =>
  value?.N !== undefined && /^\d{1,16}(\.\d+)?$/.test(value.N) && Number(value.N) < 2 ** 53;
const times: Check = (value) => value?.L?.every(time) === true;
const optional = (check: Check): Check => {
  return (value) => value === undefined || check(value);
};
const failure: Check = (value) => text(value?.M?.code) && text(value?.M?.message) && time(value?.M?.at);

const isRefusal: Check = (value) => version(value?.M?.versionId) && time(value?.M?.at);

const DOCUMENTED: Readonly<Record<string, Check>> = {
  connection: name,
  status: oneOf('pending', 'active', 'cooling-down', 'blocked', 'disabled'),
  source: oneOf('declared', 'connected'),
  generation: wholeNumber,
  publishedGeneration: wholeNumber,
  leaseOwner: optional(text),
  leaseUntil: optional(time),
  nextAttemptAt: time,
  tokenVersionId: optional(version),
  tokenIssuedAt: optional(time),
  tokenExpiresAt: optional(time),
  apiDomain: optional(apiDomain),
  ignoredApiDomain: optional((value) => /^[a-z0-9.() -]{1,100}$/.test(value?.S ?? '')),
  dataCenter: optional(oneOf(...LOCATIONS)),
  scope: optional(text),
  mints: times,
  publishes: times,
  onDemandMints: optional(times),
  challenged: optional(wholeNumber),
  challenges: optional(wholeNumber),
  failures: wholeNumber,
  lastFailure: optional(failure),
  credentialsVersionId: optional(version),
  clientKey: optional(matching(/^[0-9a-f]{8}$/)),
  queue: optional(text),
  followsPrefix: optional(prefix),
  followedGeneration: optional(wholeNumber),
  refusedCredentials: optional((value) => value?.L?.every(isRefusal) === true),
};
