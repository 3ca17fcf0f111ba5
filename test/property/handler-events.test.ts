import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import { REFRESH_OUTCOMES } from '../../lambdas/core/refresh/refresh-outcome.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import {
  ACCESS_TOKEN,
  CLIENT_SECRET,
  credentialsSecret,
  HOUR_MS,
  MINUTE_MS,
  REFRESH_TOKEN,
  tokenBody,
} from '../support/builders.ts';
import { leaks } from './arbitraries.ts';
import { type DamagedJson, damagedJson, nearMisses } from './damaged-json.ts';
import { forAll, runs, runsAfter } from './fuzz-runs.ts';
import { type CallFailure, DECLARED, InMemoryRefresher } from './in-memory-refresher.ts';

const SECRETS = [ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN];
const documentOf = (json: string) => JSON.parse(json) as Record<string, unknown>;

/** An event as Lambda passes it, and what it means according to the documentation. */
interface GivenEvent {
  readonly event: unknown;
  readonly kind: 'refresh-due' | 'refresh' | 'unknown-connection' | 'invalid';
}

const refresh = { action: 'refresh', connection: 'crm-prod', reason: 'unauthorized' };
const KNOWN = [
  { action: 'refresh-due' },
  refresh,
  { ...refresh, rejectedGeneration: 1 },
  { ...refresh, connection: 'desk', reason: 'operator' },
  { ...refresh, connection: 'crm-prd' },
];
const knownEvent = fc
  .constantFrom(...KNOWN)
  .map((event): GivenEvent => ({ event, kind: judgeEvent(new Map(Object.entries(event))) }));

const ODD_TEXTS = [REFRESH_TOKEN, ACCESS_TOKEN, `client_secret=${CLIENT_SECRET}`, [REFRESH_TOKEN], null];
const TELLING = {
  action: ['refresh', 'refresh-due', 'Refresh', 'refresh-all', CLIENT_SECRET, ...ODD_TEXTS],
  connection: [
    'desk',
    'crm-prd',
    'constructor',
    '__proto__',
    'x'.repeat(64),
    'x'.repeat(65),
    'a/b',
    '',
    ...ODD_TEXTS,
  ],
  reason: ['operator', 'unauthorized', 'expired', 'because', CLIENT_SECRET, ...ODD_TEXTS],
  rejectedGeneration: [0, 1, 7, -1, 0.5, 2 ** 53 - 1, 2 ** 53, '1', ...ODD_TEXTS],
  token: ODD_TEXTS,
};
const asGiven = ({ text, fields }: DamagedJson): GivenEvent => ({
  event: eventOf(text),
  kind: judgeEvent(fields),
});
const damagedEvent = damagedJson(KNOWN, TELLING).map(asGiven);

const STRANGE = [
  ...[undefined, null, '', 0, REFRESH_TOKEN, [], [refresh], [REFRESH_TOKEN]],
  ...[{ [REFRESH_TOKEN]: 'refresh' }, { action: 'refresh-due', [REFRESH_TOKEN]: REFRESH_TOKEN }],
];
const strangeEvent = fc
  .oneof(fc.anything(), fc.constantFrom<unknown>(...STRANGE))
  .map((event): GivenEvent => ({ event, kind: 'invalid' }));

const anyEvent = fc.oneof(
  { weight: 4, arbitrary: knownEvent },
  { weight: 4, arbitrary: damagedEvent },
  { weight: 1, arbitrary: strangeEvent },
);

const credentials = fc.oneof(
  fc.constant(undefined),
  { weight: 3, arbitrary: fc.constant(credentialsSecret().reveal()) },
  damagedJson([documentOf(credentialsSecret().reveal())], { data_center: ['us', 'com', 7] }).map(
    ({ text }) => text,
  ),
  fc.constantFrom(REFRESH_TOKEN, `{"refresh_token":"${REFRESH_TOKEN}"`),
);

const answerOfZoho = fc
  .record({
    status: fc.constantFrom(200, 200, 302, 400, 429, 500),
    body: fc.oneof(
      fc.constant(tokenBody()),
      damagedJson(
        [
          documentOf(tokenBody()),
          { error: 'invalid_code' },
          { error: REFRESH_TOKEN, error_description: CLIENT_SECRET },
          { error: 'Access Denied', status: 'failure' },
        ],
        {
          error: ['invalid_client', 'too_many_requests', 'general_error'],
          expires_in: [0, 1, 5, '900', 86400],
        },
      ).map(({ text }) => text),
    ),
  })
  .map(
    ({ status, body }) =>
      () =>
        Promise.resolve(new Response(body, { status })),
  );

/** What a call of AWS may throw: a known failure, a bug, or something that is not an error. */
const THROWN = [
  new InfrastructureError(
    { code: 'aws_access_denied', message: 'denied' },
    { cause: new Error(REFRESH_TOKEN) },
  ),
  new InfrastructureError({ code: 'aws_throttled', message: 'busy' }, { cause: new Error(CLIENT_SECRET) }),
  new TypeError(`Cannot read ${REFRESH_TOKEN}`, { cause: new Error(CLIENT_SECRET) }),
  CLIENT_SECRET,
  undefined,
];
const callFailure: fc.Arbitrary<CallFailure> = fc.record({
  at: fc.nat({ max: 7 }),
  thrown: fc.constantFrom<unknown>(...THROWN),
});

/** One event, and the state in which it arrives. */
const step = fc.record({
  given: anyEvent,
  credentials,
  answerOfZoho,
  callFailure: fc.option(callFailure, { nil: undefined, freq: 2 }),
  passesMs: fc.constantFrom(0, 1000, MINUTE_MS, 12 * MINUTE_MS, 54 * MINUTE_MS, 24 * 60 * MINUTE_MS),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A step in which nothing fails except what is given. */
function stepOf(changes: Partial<Step>): Step {
  return {
    given: { event: refresh, kind: 'refresh' },
    credentials: credentialsSecret().reveal(),
    answerOfZoho: () => Promise.resolve(new Response(tokenBody())),
    callFailure: undefined,
    passesMs: 0,
    ...changes,
  };
}

describe('the handler', () => {
  const oddEvents = [
    ...STRANGE.map((event): GivenEvent => ({ event, kind: 'invalid' })),
    ...nearMisses({ ...refresh, rejectedGeneration: 1 }, TELLING).map(asGiven),
  ].map((given) => stepOf({ given }));

  test('answers as documented or says what is wrong, whatever the event is and whatever fails', () =>
    forAll(
      [fc.array(step, { minLength: 1, maxLength: 6, size: 'medium' })],
      runsAfter([oddEvents], 30),
      async (steps) => {
        const refresher = new InMemoryRefresher();

        for (const { given, callFailure: next, passesMs, ...world } of steps) {
          refresher.clock.advance(passesMs);
          Object.assign(refresher, world);
          refresher.failCall(next);
          const callsBefore = refresher.calls;

          const answer = await settle(refresher.handler(given.event, lambdaContext()));

          const isInvalid = given.kind === 'invalid';
          const isLucky = next === undefined || isInvalid;
          expect(isLucky ? EXPECTED[given.kind] : [...EXPECTED[given.kind], ...WHEN_UNLUCKY]).toContain(
            describeAnswer(answer),
          );
          expect(isInvalid && refresher.calls !== callsBefore).toBe(false);
        }
      },
    ));

  const unlucky = THROWN.map((thrown) =>
    [0, 1, 3].map((at) => stepOf({ callFailure: { at, thrown }, passesMs: HOUR_MS })),
  );

  test('never shows a secret in an answer, an error, a log, a metric or a row', () =>
    forAll(
      [fc.array(step, { minLength: 1, maxLength: 6, size: 'medium' })],
      runsAfter([...unlucky, oddEvents], 20),
      async (steps) => {
        const refresher = new InMemoryRefresher();
        const said: unknown[] = [];

        for (const { given, callFailure: next, passesMs, ...world } of steps) {
          refresher.clock.advance(passesMs);
          Object.assign(refresher, world);
          refresher.failCall(next);
          said.push(asLambdaShows(await settle(refresher.handler(given.event, lambdaContext()))));
        }

        const all = JSON.stringify([said, refresher.log.lines, refresher.metricLines, [...refresher.rows]]);
        expect(SECRETS.filter((secret) => leaks(all, secret))).toEqual([]);
        expect(refresher.log.lines.length + refresher.metricLines.length).toBeGreaterThan(0);
      },
    ));

  const byOperator = { event: { ...refresh, reason: 'operator' }, kind: 'refresh' as const };
  const lucky = fc.record({ answerOfZoho, passesMs: fc.constantFrom(1000, 12 * MINUTE_MS) });

  test('publishes only tokens that a consumer can read, with increasing generations', () =>
    forAll([fc.array(lucky, { minLength: 1, maxLength: 6, size: 'medium' })], runs(20), async (steps) => {
      const refresher = new InMemoryRefresher();
      refresher.credentials = credentialsSecret().reveal();
      let generation = 0;

      for (const { answerOfZoho: answer, passesMs } of steps) {
        refresher.clock.advance(passesMs);
        refresher.answerOfZoho = answer;
        await refresher.handler(byOperator.event, lambdaContext());
        const text = refresher.tokens.get('crm-prod');
        if (text === undefined) continue;

        const token = JSON.parse(text);
        expect(token.access_token).toMatch(/^[!-~]{8,16384}$/);
        expect(token).not.toHaveProperty('refresh_token');
        expect(new URL(token.api_domain).hostname).toMatch(/\.zohoapis\.eu$/);
        expect(Date.parse(token.expires_at) - Date.parse(token.issued_at)).toBeLessThanOrEqual(
          60 * MINUTE_MS,
        );
        expect(token.generation).toBeGreaterThanOrEqual(generation);
        generation = token.generation;
      }
    }));
});

const EXPECTED: Readonly<Record<GivenEvent['kind'], readonly string[]>> = {
  'refresh-due': ['tally'],
  refresh: ['outcome', 'invalid-request'],
  'unknown-connection': ['unknown-connection'],
  invalid: ['invalid-request'],
};
const WHEN_UNLUCKY = [
  'failed',
  'InfrastructureError aws_access_denied',
  'InfrastructureError aws_throttled',
  'Unexpected error',
];

/** Which of the documented events this is, judged by its fields alone. */
function judgeEvent(fields: ReadonlyMap<string, unknown> | undefined): GivenEvent['kind'] {
  const keys = [...(fields?.keys() ?? [])].sort().join();
  if (fields?.get('action') === 'refresh-due' && keys === 'action') return 'refresh-due';
  const generation = fields?.get('rejectedGeneration');
  const isRefresh =
    fields?.get('action') === 'refresh' &&
    /^action,connection,reason(,rejectedGeneration)?$/.test(keys) &&
    ['unauthorized', 'expired', 'operator'].some((reason) => reason === fields.get('reason')) &&
    (!fields.has('rejectedGeneration') || (Number.isSafeInteger(generation) && Number(generation) >= 0));
  const connection = fields?.get('connection');
  if (!isRefresh || typeof connection !== 'string' || !/^[A-Za-z0-9][\w-]{0,63}$/.test(connection))
    return 'invalid';
  return Object.hasOwn(DECLARED, connection) ? 'refresh' : 'unknown-connection';
}

/** The event in a payload. Anything but JSON arrives as text. */
function eventOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function settle(answer: Promise<unknown>): Promise<unknown> {
  return await answer.catch((error: unknown) => error);
}

/** The kind of an answer, after checking everything that its contract says. */
function describeAnswer(answer: unknown): string {
  if (answer instanceof Error) {
    return /^Unexpected error \(\w+\) in the refresher\. The log says where\.$/.test(answer.message)
      ? 'Unexpected error'
      : `${answer.name} ${(answer as { code?: unknown }).code}`;
  }
  const {
    due,
    refreshed,
    failed,
    skipped,
    connection,
    outcome,
    generation,
    expires_at,
    retry_after_seconds,
    message,
    ...rest
  } = answer as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return `unknown keys: ${Object.keys(rest).join()}`;
  if (message !== undefined && String(message).length > 600) return 'a long message';
  if (generation === 0 && expires_at === null && message !== undefined) return String(outcome);
  if (connection === undefined) {
    const counts = [refreshed, failed, skipped].map(Number);
    return counts.every(isCount) && due === counts.reduce((sum, count) => sum + count, 0)
      ? 'tally'
      : 'wrong tally';
  }
  const isOutcome =
    Object.hasOwn(DECLARED, String(connection)) &&
    REFRESH_OUTCOMES.some((known) => known === outcome) &&
    isCount(generation) &&
    (expires_at === null || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(expires_at))) &&
    (retry_after_seconds === undefined || (isCount(retry_after_seconds) && retry_after_seconds !== 0));
  return isOutcome ? 'outcome' : 'wrong outcome';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** What Lambda shows of an error in its answer and its log: the enumerable properties and the stack. */
function asLambdaShows(answer: unknown): unknown {
  return answer instanceof Error ? { ...answer, message: answer.message, stack: answer.stack } : answer;
}
