import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { METRICS } from '../../lambdas/core/metrics.ts';
import { propertiesOf, readWidgets, synthesize, TWO_CONNECTIONS, type Widget } from './synthesize.ts';

const deployed = synthesize({ connections: TWO_CONNECTIONS, dashboard: true });
const widgets = readWidgets(deployed);
const crowded = readWidgets(synthesize({ connections: connectionsNamed(40), dashboard: true }));
/** Everything at once: 40 declared connections, 16 shards and the consent pages. */
const largest = synthesize({
  connections: connectionsNamed(40),
  dashboard: true,
  connectedStore: 'dynamodb',
  fleetShards: 16,
  consent: { displayName: 'Acme' },
});
const crowdedFleet = readWidgets(largest);

/** The environment variables of the refresher. */
const variablesOf = (props: ZohoTokenRefresherProps): Record<string, unknown> =>
  propertiesOf(synthesize(props), 'AWS::Lambda::Function').find(({ Description }) =>
    Description.startsWith('Keeps one valid Zoho access token'),
  )?.Environment.Variables;

describe('the setting dashboard', () => {
  test('is off by default: there is no dashboard, and no metric that only a dashboard shows', () => {
    const template = synthesize({ connections: TWO_CONNECTIONS, consent: { displayName: 'Acme' } });

    template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    expect(variablesOf({})).not.toHaveProperty('ROUTINE_METRICS');
  });

  test('changes nothing else than the metrics of the refresher', () => {
    const on = deployed.toJSON().Resources as Record<string, { readonly Type: string }>;
    const off = synthesize({ connections: TWO_CONNECTIONS }).toJSON().Resources as typeof on;

    const changed = Object.entries(on).filter(([id, one]) => JSON.stringify(one) !== JSON.stringify(off[id]));

    expect(changed.map(([, { Type }]) => Type)).toEqual(
      expect.arrayContaining(['AWS::CloudWatch::Dashboard', 'AWS::Lambda::Function']),
    );
    // A version of the function and its aliases follow its environment.
    expect(changed.filter(([, { Type }]) => !/Dashboard|Lambda/.test(Type))).toEqual([]);
    expect(Object.keys(off).filter((id) => !/Version/.test(id) && on[id] === undefined)).toEqual([]);
  });

  test.each([[{ dashboard: true }], [{ routineMetrics: true }], [{ dashboard: true, routineMetrics: true }]])(
    'and routineMetrics let the refresher emit what only dashboards show: %j',
    (props) => {
      expect(variablesOf(props)).toMatchObject({ ROUTINE_METRICS: 'true' });
    },
  );
});

describe('the dashboard', () => {
  test('starts with the state of all connections', () => {
    const first = widgets.filter(({ y }) => y <= 6).map(({ properties }) => properties.title ?? 'text');

    expect(first).toEqual([
      'text',
      'Time until tokens expire',
      'Blocked: an operator must act',
      'Throttled by Zoho',
      'Refresher runs',
      'Blocked connections: run zoho-tokens doctor NAME',
    ]);
  });

  test('names what is blocked now: by the latest state of each connection, not by every state of the last hours', () => {
    const query = widgets.find(({ properties }) => properties.title?.startsWith('Blocked connections'))
      ?.properties.query;

    expect(query).toContain('stats latest(status) as state, latest(@timestamp) as seen by connection');
    expect(query?.indexOf('filter state = "blocked"')).toBeGreaterThan(query?.indexOf('stats ') ?? 0);
  });

  test('has the thresholds of the settings, in the unit of the alarm', () => {
    const tuned = readWidgets(
      synthesize({ refreshMarginSeconds: 240, unauthorizedRatePercent: 2.5, dashboard: true }),
    );

    const lines = tuned.flatMap(({ properties }) => properties.annotations?.horizontal ?? []);
    expect(lines.map(({ label, value }) => [label, value])).toEqual([
      ['TokenExpiringSoon', 120],
      ['UnauthorizedSpike', 2.5],
      ['the alarms go off', 1],
    ]);
    expect(JSON.stringify(tuned)).toContain('should be above 120');
    expect(JSON.stringify(tuned)).toContain('100 * worst');
  });

  test('shows no period that is still in progress', () => {
    const ofMetrics = widgets.filter(({ type }) => type === 'metric');

    expect(ofMetrics.length).toBeGreaterThan(8);
    for (const { properties } of ofMetrics) expect(properties).toMatchObject({ liveData: false });
  });

  test('shows every metric of this deployment except those of shards, about reading secrets, and of paused and blocked connections together', () => {
    const shown = new Set(
      widgets.flatMap(({ properties }) => properties.metrics ?? []).flatMap((metric) => metric.slice(0, 4)),
    );

    expect(Object.keys(METRICS).filter((name) => !shown.has(name))).toEqual([
      'ShardHeartbeat',
      'OutOfService',
      'SecretUnavailable',
    ]);
    expect(shown).toContain('zoho');
  });

  test('links to every runbook', () => {
    const names = readdirSync(new URL('../../docs/runbooks/', import.meta.url))
      .map((file) => file.replace('.md', ''))
      .filter((name) => name !== 'README');
    const withPages = readWidgets(
      synthesize({ consent: { displayName: 'Acme' }, fleetShards: 1, dashboard: true }),
    );
    const { markdown = '' } = withPages[0]?.properties ?? {};

    for (const name of names) expect(markdown).toContain(`/docs/runbooks/${name}.md)`);
  });

  test.each([
    ['without a fleet', deployed, 1],
    ['with 16 shards and consent pages', largest, 17],
  ])('shows the state of every alarm but latches: %s', (_, template, latches) => {
    const shown = readWidgets(template).find(({ type }) => type === 'alarm')?.properties.alarms ?? [];

    const alarms = propertiesOf(template, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => String(AlarmName));
    expect(alarms.filter((name) => name.includes('Started'))).toHaveLength(latches);
    expect(shown).toHaveLength(alarms.length - latches);
  });

  test('shows the ten worst connections, however many there are', () => {
    const one = readWidgets(synthesize({ connections: connectionsNamed(1), dashboard: true }));

    const ofGraphs = (all: readonly Widget[]) =>
      all.filter(({ type }) => type !== 'alarm').map(({ y: _y, ...widget }) => widget);
    expect(ofGraphs(crowded)).toEqual(ofGraphs(one));
    expect(JSON.stringify(one)).toContain('GROUP BY connection ORDER BY AVG() DESC LIMIT 10');
  });

  /** "Up to 500 metrics per dashboard widget. Up to 2,500 metrics per dashboard": CloudWatch service quotas. */
  test('stays within the limits of CloudWatch with as many declared connections as are possible', () => {
    const counts = crowded.map(({ properties }) => properties.metrics?.length ?? 0);
    const alarms = crowded.find(({ type }) => type === 'alarm');

    expect(Math.max(...counts)).toBeLessThanOrEqual(12);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(40);
    expect(alarms?.properties.alarms).toHaveLength(50);
    expect(alarms?.height).toBe(11);
  });

  /** A widget of alarms shows 1 to 100: Dashboard Body Structure and Syntax, CloudWatch API reference. */
  test('stays within them with 16 shards and the consent pages, too', () => {
    const counts = crowdedFleet.map(({ properties }) => properties.metrics?.length ?? 0);
    const alarms = crowdedFleet.find(({ type }) => type === 'alarm')?.properties.alarms;

    expect(Math.max(...counts)).toBeLessThanOrEqual(12);
    expect(alarms?.length).toBeGreaterThan(66);
    expect(alarms?.length).toBeLessThanOrEqual(100);
  });

  test('has titles that are shorter than their widgets are wide', () => {
    const lettersAColumn = 8;

    for (const { properties, width } of [...widgets, ...crowdedFleet])
      expect((properties.title ?? '').length, properties.title).toBeLessThanOrEqual(width * lettersAColumn);
  });

  test.each([
    ['two', widgets],
    ['forty', crowded],
    ['forty, and 16 shards of', crowdedFleet],
  ])('has no overlapping widgets with %s connections, and none beyond its edge', (_, widgets) => {
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, n) => `${x + (n % width)} ${y + Math.floor(n / width)}`),
    );

    expect(new Set(cells).size).toBe(cells.length);
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
  });
});

/** `c0`, `c1` and so on. */
function connectionsNamed(count: number) {
  const declared = { dataCenter: 'eu', scopes: ['Desk.tickets.READ'] } as const;
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${n}`, declared]));
}

describe('the saved queries', () => {
  const queries = propertiesOf(deployed, 'AWS::Logs::QueryDefinition');

  test('are in the folder of the stack and query the log of the refresher', () => {
    for (const { Name, LogGroupNames } of queries) {
      expect(Name).toMatch(/^ZohoTokenRefresher\/[a-z ]+$/);
      expect(LogGroupNames).toEqual([{ Ref: expect.stringMatching(/RefresherLog/) }]);
    }
    expect(queries).toHaveLength(5);
  });
});
