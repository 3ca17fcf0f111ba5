import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checksOf } from '../../capacity/acceptance.ts';
import { agrees } from '../../capacity/agreement.ts';
import type { CapacityResult } from '../../capacity/capacity.ts';
import { costOfAlarms } from '../../capacity/cost.ts';
import { readResults, renderFiles } from '../../capacity/files.ts';

describe('docs/scale.md and its charts', () => {
  const results = readResults();

  test.each([...renderFiles(results)])(
    '%s is what `npm run capacity -- --write` made of its figures',
    (path, text) => {
      expect(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')).toBe(text);
    },
  );

  test('has the alarms and metrics of the template, for every number of shards', () => {
    const found = results.cases.map(({ costs }) => costs.find(({ item }) => /alarms/.test(item)));

    expect(found).toEqual(results.cases.map(costOfAlarms));
  });

  test('has only figures that are met', () => {
    expect(checksOf(results).filter(({ isMet }) => !isMet)).toEqual([]);
  });

  test.each<[string, (results: Writable) => void]>([
    ['a steady state below 95 % of the rate', ({ stores: [store] }) => (store.steady.share = 0.949)],
    ['a recovery below it', ({ stores: [store] }) => (store.recovery.share = 0.949)],
    ['a token that was published late', ({ cases: [fleet] }) => (fleet.day.late = 1)],
    ['149 s after a failure', ({ cases: [fleet] }) => (fleet.day.leastLeftAfterOwnFailureMs = 149_000)],
    ['a healthy connection that a hang delays', ({ stores: [store] }) => (store.hang.leastLeftMs = 299_000)],
    ['a model that is wrong', ({ stores: [store] }) => (store.agreements[0].model *= 1.03)],
    [
      'a price above $0.02',
      ({ cases }) => {
        for (const fleet of cases) fleet.costs.push({ item: 'more', dollars: 250 });
      },
    ],
  ])('%s is not met', (_, change) => {
    const changed = structuredClone(results) as unknown as Writable;
    change(changed);

    expect(checksOf(changed as unknown as CapacityResult).some(({ isMet }) => !isMet)).toBe(true);
  });
});

test('a model agrees within its tolerance, and not beyond it', () => {
  const figure = { what: 'calls', real: 100, tolerance: { share: 0.02 } };

  expect(agrees({ ...figure, model: 102 })).toBe(true);
  expect(agrees({ ...figure, model: 97.9 })).toBe(false);
  expect(agrees({ what: 'seconds', real: 400, model: 416, tolerance: { amount: 15 } })).toBe(false);
});

/** What the changes above write to. */
interface Writable {
  readonly stores: [
    {
      readonly steady: { share: number };
      readonly recovery: { share: number };
      readonly hang: { leastLeftMs: number };
      readonly agreements: [{ model: number }];
    },
  ];
  readonly cases: [
    {
      readonly day: { late: number; leastLeftAfterOwnFailureMs: number };
      readonly costs: { item: string; dollars: number }[];
    },
  ];
}
