import type { MetricDatum, PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCloudWatchDelivery } from '../../lambdas/client/metrics/cloudwatch-delivery.ts';
import { createEmfDelivery } from '../../lambdas/client/metrics/emf-delivery.ts';
import type { MinuteCounts } from '../../lambdas/client/metrics/metrics-delivery.ts';
import { METRICS, type MetricName } from '../../lambdas/core/metrics.ts';
import { createEmfMetrics } from '../../lambdas/refresher/adapters/emf-metrics.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { MetricLog } from '../../sandbox/deployment/metric-log.ts';
import { MINUTE_MS, NOW_MS } from '../support/builders.ts';
import { sumUp } from '../support/put-metric-data.ts';
import { connectionName } from './arbitraries.ts';
import { forAll, runs } from './fuzz-runs.ts';

const prefix = fc.stringMatching(/^[A-Za-z0-9_+=.@-]{1,40}(\/[A-Za-z0-9_+=.@-]{1,40}){0,2}$/);
const anyName = fc.oneof(
  connectionName,
  fc.constantFrom(
    ...['service', 'connection', '_aws', 'constructor', '__proto__', 'Unauthorized', 'x'.repeat(64)],
  ),
);
const metricName = fc.constantFrom(...(Object.keys(METRICS) as MetricName[]));

const time = fc.integer({ min: NOW_MS, max: NOW_MS + MINUTE_MS - 1 });
const source = fc.record({
  secretPrefix: prefix,
  connection: anyName,
  hasOwnMetrics: fc.constant(() => true),
});
/** What a client counted in one of a few minutes. */
const counts = (max: number): fc.Arbitrary<Omit<MinuteCounts, 'source'>> =>
  fc.record({
    firstAtMs: fc.tuple(fc.nat(5), time).map(([minute, atMs]) => atMs + minute * MINUTE_MS),
    accepted: fc.oneof(fc.constant(0), fc.nat(max)),
    unauthorized: fc.oneof(fc.constant(0), fc.nat(max)),
    secretUnavailable: fc.nat(2),
  });

describe('a line of the embedded metric format', () => {
  test('of a client has the values of its minute, for the fleet and for the connection', () =>
    forAll([source, fc.array(counts(250), { maxLength: 3 })], runs(40), (whose, minutes) => {
      const log = new MetricLog();
      const { secretPrefix, connection } = whose;

      createEmfDelivery((line) => log.add(line), ignore).deliver(
        minutes.map((each) => ({ source: whose, ...each })),
        ignore,
      );

      for (const [name, valuesOf] of [
        ['Unauthorized', callsOf],
        [
          'SecretUnavailable',
          ({ secretUnavailable }: Omit<MinuteCounts, 'source'>) => new Array(secretUnavailable).fill(1),
        ],
      ] as const) {
        const points = (dimensions: Record<string, string>) =>
          minutes.flatMap((each) =>
            valuesOf(each).map((value) => ({ name, value, atMs: each.firstAtMs, dimensions })),
          );
        expect(log.ofFleet(name)).toEqual(points({ service: secretPrefix }));
        expect(log.ofConnection(name, connection)).toEqual(points({ service: secretPrefix, connection }));
      }
      expect(log.lines.join()).not.toMatch(/[\r\n]/);
      const sizes = log.lines.map((line) => JSON.parse(line).Unauthorized?.length ?? 0);
      expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(100);
    }));

  const values = fc.dictionary(metricName, fc.nat(), { minKeys: 1, maxKeys: 4, noNullPrototype: true });

  test('of the refresher has its metrics for the fleet, and for connections with metrics of their own', () =>
    forAll(
      [
        fc.array(fc.tuple(values, fc.option(anyName, { nil: undefined }), fc.boolean()), {
          maxLength: 3,
        }),
      ],
      runs(20),
      (records) => {
        const log = new MetricLog();
        const own = records.flatMap(([, connection, isDeclared]) =>
          isDeclared && connection ? [connection] : [],
        );
        const metrics = createEmfMetrics({
          secretPrefix: 'zoho',
          hasOwnMetrics: (connection) => own.includes(connection),
          routineMetrics: true,
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
    ));
});

describe('counts that are sent to CloudWatch', () => {
  const answer = fc.constantFrom(
    'taken',
    'taken',
    'InvalidParameterValueException',
    'Throttling',
    'TimeoutError',
  );

  test('are taken, kept or dropped, each exactly once, whatever CloudWatch answers', () => {
    const minutes = fc
      .array(counts(5), { maxLength: 60 })
      .map((all) =>
        all.map((each, index) => ({ ...each, accepted: 1, firstAtMs: NOW_MS + index * MINUTE_MS })),
      );

    return forAll([source, minutes, fc.infiniteStream(answer)], runs(20), async (whose, held, answers) => {
      const taken: PutMetricDataInput[] = [];
      const put = (input: PutMetricDataInput) => {
        const { value: name } = answers.next();
        if (name !== 'taken') return Promise.reject(Object.assign(new Error('no'), { name }));
        taken.push(input);
        return Promise.resolve();
      };
      const dropped: MinuteCounts[] = [];

      const kept = await createCloudWatchDelivery(put, ignore).deliver(
        held.map((each) => ({ source: whose, ...each })),
        (lost) => void dropped.push(...lost),
      );

      const fleet = Object.keys(sumUp(taken)).filter((key) => key.endsWith(' fleet'));
      const times = [
        ...fleet.map((key) => Number.parseInt(key, 10)),
        ...[...kept, ...dropped].map(({ firstAtMs }) => firstAtMs),
      ];
      expect(times.toSorted()).toEqual(held.map(({ firstAtMs }) => firstAtMs));
      expect(Math.max(0, ...taken.map(({ MetricData = [] }) => MetricData.length))).toBeLessThanOrEqual(1000);
    });
  });

  test('are data that add up, with no value that was not counted', () =>
    forAll([source, counts(2 ** 31)], runs(40), async (whose, counted) => {
      const data: MetricDatum[] = [];

      await createCloudWatchDelivery(({ MetricData = [] }) => {
        data.push(...MetricData);
        return Promise.resolve();
      }, ignore).deliver([{ source: whose, ...counted }], ignore);

      const { accepted, unauthorized, secretUnavailable } = counted;
      for (const dimensions of [1, 2]) {
        const ofThese = data.filter(({ Dimensions }) => Dimensions?.length === dimensions);
        const countOf = (name: string, value: number) => {
          const { Values = [], Counts = [] } = ofThese.find(({ MetricName }) => MetricName === name) ?? {};
          return Counts[Values.indexOf(value)] ?? 0;
        };
        expect([countOf('Unauthorized', 0), countOf('Unauthorized', 1)]).toEqual([accepted, unauthorized]);
        expect(countOf('SecretUnavailable', 1)).toBe(secretUnavailable);
      }
      for (const { Values = [], Counts = [], Timestamp } of data) {
        expect(new Set(Values).size).toBe(Values.length);
        expect(Counts).not.toContain(0);
        expect(Counts).not.toHaveLength(0);
        expect(Timestamp?.getTime()).toBe(counted.firstAtMs);
      }
    }));
});

const ignore = () => {};

function callsOf({ accepted, unauthorized }: Omit<MinuteCounts, 'source'>): number[] {
  return [...new Array<number>(accepted).fill(0), ...new Array<number>(unauthorized).fill(1)];
}
