import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TalliedCalls } from '../../lambdas/client/metrics/api-call-tally.ts';
import { deliverApiCalls, toMetricDatum } from '../../lambdas/client/metrics/cloudwatch-delivery.ts';
import { createEmfApiCalls } from '../../lambdas/client/metrics/emf-delivery.ts';
import { toEmfLine } from '../../lambdas/client/metrics/emf-line.ts';
import { METRICS, type MetricName } from '../../lambdas/core/metrics.ts';
import { createEmfMetrics } from '../../lambdas/refresher/adapters/emf-metrics.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { MetricLog } from '../../sandbox/deployment/metric-log.ts';
import { MINUTE_MS, NOW_MS } from '../support/builders.ts';
import { runs } from './fuzz-runs.ts';

const prefix = fc.stringMatching(/^[A-Za-z0-9_+=.@-]{1,40}(\/[A-Za-z0-9_+=.@-]{1,40}){0,2}$/);
const connectionName = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
  fc.constantFrom(
    'service',
    'connection',
    '_aws',
    'constructor',
    '__proto__',
    'Unauthorized',
    'x'.repeat(64),
  ),
);
const metricName = fc.constantFrom(...(Object.keys(METRICS) as MetricName[]));

describe('a line of the embedded metric format', () => {
  test('is one line whose values come out for the fleet and for the connection, whatever they are called', () => {
    const values = fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 100 });
    const time = fc.integer({ min: NOW_MS, max: NOW_MS + MINUTE_MS });

    fc.assert(
      fc.property(
        prefix,
        connectionName,
        metricName,
        values,
        time,
        (secretPrefix, connection, name, value, atMs) => {
          const log = new MetricLog();

          const line = toEmfLine({ secretPrefix, connection, name, value, atMs });
          log.add(line);

          const points = value.map((each) => ({ name, value: each, atMs }));
          expect(line).not.toMatch(/[\r\n]/);
          expect(log.ofFleet(name)).toEqual(
            points.map((point) => ({ ...point, dimensions: { service: secretPrefix } })),
          );
          expect(log.ofConnection(name, connection)).toEqual(
            points.map((point) => ({ ...point, dimensions: { service: secretPrefix, connection } })),
          );
        },
      ),
      runs(40),
    );
  });

  test('of the refresher has its metrics, for the connection too where that has metrics of its own', () => {
    const values = fc.dictionary(metricName, fc.nat(), { minKeys: 1, maxKeys: 4, noNullPrototype: true });

    fc.assert(
      fc.property(
        fc.array(fc.tuple(values, fc.option(connectionName, { nil: undefined }), fc.boolean()), {
          maxLength: 3,
        }),
        (records) => {
          const log = new MetricLog();
          const own = records.flatMap(([, connection, isDeclared]) =>
            isDeclared && connection ? [connection] : [],
          );
          const metrics = createEmfMetrics({
            secretPrefix: 'zoho',
            connectionsWithOwnMetrics: new Set(own),
            clock: new ManualClock(NOW_MS),
            writeLine: (line) => log.add(line),
          });

          for (const [recorded, connection] of records) metrics.record(recorded, connection);

          const recordedOf = (name: string, whose: (connection: string | undefined) => boolean) =>
            records.flatMap(([recorded, connection]) =>
              whose(connection) ? [recorded[name as MetricName] ?? []].flat() : [],
            );
          for (const name of Object.keys(METRICS)) {
            const ofFleet = log.ofFleet(name).map(({ value }) => value);
            expect(ofFleet).toEqual(recordedOf(name, () => true));
            for (const declared of own) {
              const ofConnection = log.ofConnection(name, declared).map(({ value }) => value);
              expect(ofConnection).toEqual(recordedOf(name, (connection) => connection === declared));
            }
          }
        },
      ),
      runs(20),
    );
  });
});

describe('API calls that are counted in Lambda', () => {
  const call = fc.record({
    connection: fc.constantFrom('crm', 'desk', '__proto__'),
    unauthorized: fc.boolean(),
    repeat: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 150 })),
    passesMs: fc.constantFrom(0, 0, 1000, MINUTE_MS),
  });

  test('are all written, each once, in lines of at most 100 and in the minute in which they happened', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 8 }), async (calls) => {
        const clock = new ManualClock(NOW_MS);
        const log = new MetricLog();
        const scheduled: (() => void)[] = [];
        const reporter = createEmfApiCalls({
          secretPrefix: 'zoho',
          clock,
          writeLine: (line) => log.add(line),
          scheduleFlush: (callback) => scheduled.push(callback),
        });
        const made = calls.flatMap(({ connection, unauthorized, repeat, passesMs }) => {
          clock.advance(passesMs);
          for (let time = 0; time < repeat; time += 1) reporter.record(connection, { unauthorized });
          return Array.from({ length: repeat }, () => sortKey(connection, Number(unauthorized), clock.now()));
        });

        await reporter.flush();

        const written = ['crm', 'desk', '__proto__'].flatMap((connection) =>
          log
            .ofConnection('Unauthorized', connection)
            .map(({ value, atMs }) => sortKey(connection, value, atMs)),
        );
        expect(written.sort()).toEqual(made.sort());
        expect(
          Math.max(0, ...log.lines.map((line) => JSON.parse(line).Unauthorized.length)),
        ).toBeLessThanOrEqual(100);
        expect(scheduled.length).toBeLessThanOrEqual(1);
      }),
      runs(20),
    );
  });

  function sortKey(connection: string, value: number, atMs: number): string {
    return [connection, value, Math.floor(atMs / MINUTE_MS)].join();
  }
});

describe('API calls that are handed to CloudWatch', () => {
  const tallied: fc.Arbitrary<TalliedCalls> = fc.record({
    minuteMs: fc.integer({ min: 0, max: 5 }).map((minute) => NOW_MS + minute * MINUTE_MS),
    connection: fc.option(connectionName, { nil: undefined }),
    accepted: fc.oneof(fc.constant(0), fc.nat()),
    unauthorized: fc.oneof(fc.constant(0), fc.nat()),
  });
  const answer = fc.constantFrom(
    'taken',
    'taken',
    'InvalidParameterValueException',
    'Throttling',
    'TimeoutError',
  );

  test('are taken, kept or refused, each exactly once, whatever CloudWatch answers', async () => {
    const many = fc
      .tuple(fc.array(tallied, { maxLength: 6 }), fc.constantFrom(1, 1, 400, 1001))
      .map(([calls, times]) =>
        Array.from({ length: times }, () => calls.map((each) => ({ ...each }))).flat(),
      );

    await fc.assert(
      fc.asyncProperty(many, fc.infiniteStream(answer), async (calls, answers) => {
        const taken: TalliedCalls[] = [];
        const sizes: number[] = [];

        const { kept, refused } = await deliverApiCalls(calls, (request) => {
          sizes.push(request.length);
          const { value: name } = answers.next();
          if (name !== 'taken') return Promise.reject(Object.assign(new Error('no'), { name }));
          taken.push(...request);
          return Promise.resolve();
        });

        const parts = [taken, kept?.calls ?? [], refused?.calls ?? []];
        const seen = new Set(parts.flat());
        expect(parts.flat()).toHaveLength(calls.length);
        expect(calls.every((each) => seen.has(each))).toBe(true);
        expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(1000);
      }),
      runs(20),
    );
  });

  test('are a datum that adds up, with no value that was not seen', () => {
    fc.assert(
      fc.property(prefix, tallied, (secretPrefix, calls) => {
        const { Values = [], Counts = [], ...datum } = toMetricDatum(secretPrefix, calls);

        const countOf = (value: number) => Counts[Values.indexOf(value)] ?? 0;
        expect([countOf(0), countOf(1)]).toEqual([calls.accepted, calls.unauthorized]);
        expect(new Set(Values).size).toBe(Values.length);
        expect(Counts).not.toContain(0);
        expect(datum.Timestamp).toEqual(new Date(calls.minuteMs));
      }),
      runs(40),
    );
  });
});
