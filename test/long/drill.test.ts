import { beforeAll, describe, expect, it } from 'vitest';
import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import { readDrillAlarms } from '../../sandbox/drill/drill-world.ts';
import { DRILLS, type Drill } from '../../sandbox/drill/drills.ts';
import { runDrill } from '../../sandbox/drill/run-drill.ts';

let definitions: readonly AlarmDefinition[];
beforeAll(() => {
  definitions = readDrillAlarms();
});

const silent = DRILLS.find(({ alarm }) => alarm === 'RefresherSilent') as Drill;

describe('the fire drill', () => {
  it('has a fault for every alarm of the stack that is not one of a single connection', () => {
    const names = definitions
      .map(({ name }) => name.replace('ZohoTokenRefresher-', ''))
      .filter((name) => !['page', 'ticket'].includes(name) && !name.startsWith('UnauthorizedSpike-'));

    expect([...new Set(DRILLS.map(({ alarm }) => alarm))].sort()).toEqual(names.sort());
  });

  it('passes when the alarm goes off in time and ends', async () => {
    const result = await runDrill(silent, definitions);

    expect(result).toMatchObject({ faults: [], secondsToAlarm: 300, others: [] });
  });

  it.each([
    ['does not go off', { treatMissingData: 'notBreaching' as const }, /did not go off/],
    [
      'goes off late',
      { evaluationPeriods: 8, datapointsToAlarm: 8 },
      /went off after \d+ s, 300 s are allowed/,
    ],
  ])('fails when the alarm %s', async (_, change, fault) => {
    const result = await runDrill(silent, changed(change));

    expect(result.faults).toEqual([expect.stringMatching(fault)]);
  });

  it('fails when the alarm does not end', async () => {
    const result = await runDrill(
      { ...silent, inject: (drill) => silent.inject(drill).then(() => () => {}) },
      definitions,
    );

    expect(result.faults).toContain('RefresherSilent did not end');
  });

  it('fails when another alarm goes off that nobody expects', async () => {
    const revoked = DRILLS.find(({ also }) => 'UnauthorizedSpike' in also) as Drill;

    const result = await runDrill({ ...revoked, also: {} }, definitions);

    expect(result.faults).toEqual([
      'UnauthorizedSpike went off, which nobody expects',
      'UnauthorizedSpike-crm-prod went off, which nobody expects',
    ]);
  });
});

function changed(change: Partial<AlarmDefinition & { kind: 'metric' }>): AlarmDefinition[] {
  return definitions.map((definition) =>
    definition.name.endsWith('-RefresherSilent') && definition.kind === 'metric'
      ? { ...definition, ...change }
      : definition,
  );
}
