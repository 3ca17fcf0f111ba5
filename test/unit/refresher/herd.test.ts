import { describe, expect, test } from 'vitest';
import { failureOf, MINUTE_MS, NOW_MS } from '../../support/builders.ts';
import { throws } from './fake-refresher.ts';
import { expectSpread, Fleet, fleetOf, renewedAgo } from './fleet.ts';

/** Renewed together, a moment ago. */
const alignedFleetOf = (size: number) =>
  new Fleet(...Array.from({ length: size }, (_, index) => renewedAgo(`c-${index}`, 0)));

describe('a herd is spread when it is renewed once', () => {
  test('after an outage of two hours: of 120 connections, 3 and not 120 in a minute of the next day', async () => {
    const fleet = fleetOf(120);
    fleet.isZohoDown = true;
    await fleet.run(120);
    fleet.isZohoDown = false;
    await fleet.run(4);
    expect(fleet.mintsOf.size).toBe(120);

    const { busiest } = await expectSpread(fleet);

    expect(busiest).toBe(3);
  });

  test('after Zoho has throttled all of them', async () => {
    const fleet = fleetOf(60);
    const { onZoho } = fleet;
    fleet.onZoho = () => ({ kind: 'refused', failure: failureOf('throttled') });
    for (const [name, row] of fleet.rows) fleet.rows.set(name, { ...row, nextAttemptAtMs: NOW_MS });
    await fleet.run(1);
    fleet.onZoho = onZoho;
    await fleet.run(15);
    expect(fleet.mintsOf.size).toBe(60);

    await expectSpread(fleet);
  });

  test.each([1, 2, 12, 60])('after a mass authorization of %i, at the first renewal', async (size) => {
    const fleet = alignedFleetOf(size);
    await fleet.run(55);
    expect(fleet.mintsOf.size).toBe(size);

    await expectSpread(fleet);
  });

  test('also if every tick has an environment without memory', async () => {
    const fleet = alignedFleetOf(60);
    fleet.forgets = true;
    await fleet.run(55);

    await expectSpread(fleet);
  });
});

test('without the plan of the fleet, a herd stays together and every token is renewed in time', async () => {
  const fleet = alignedFleetOf(20);
  fleet.onPlanned = throws('aws_throttled');

  const day = await fleet.runDay();

  expect(day).toMatchObject({ busiest: 20, mostOfOne: 27 });
  expect(day.shortestRestMs).toBeGreaterThanOrEqual(5 * MINUTE_MS);
});
