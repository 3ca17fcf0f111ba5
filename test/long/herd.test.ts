import { expect, test } from 'vitest';
import { MINUTE_MS } from '../support/builders.ts';
import { expectSpread, Fleet, fleetOf, renewedAgo } from '../unit/refresher/fleet.ts';

const aligned = (size: number) =>
  Array.from({ length: size }, (_, index) => renewedAgo(`herd-${index}`, 54 * MINUTE_MS));

test.each([500, 2_000])(
  'a herd of %i is spread once, and stays so for a day',
  { timeout: 120_000 },
  async (size) => {
    const fleet = new Fleet(...aligned(size));
    await fleet.run(5);
    expect(fleet.mintsOf.size).toBe(size);

    await expectSpread(fleet);
  },
);

test('a herd of 120 is spread over a fleet of 1,000', { timeout: 120_000 }, async () => {
  const fleet = new Fleet(...fleetOf(1_000).rows.values(), ...aligned(120));
  await fleet.run(5);

  await expectSpread(fleet);
});
