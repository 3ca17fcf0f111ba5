import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { bundleWorker } from '../simulation/bundle.ts';
import type { exploreFleets } from '../simulation/fleets/explore-fleets.ts';
import { FLEET_DEFECTS } from '../simulation/fleets/fleet-defects.ts';

const ENTRY = 'fleets/explore-fleets.ts';

test.each(FLEET_DEFECTS.map(([name, edit], index) => [name, edit, index] as const))(
  'the stories of fleets find the defect: %s',
  async (_, edit, index) => {
    const bundle = await bundleWorker(`fleet-defect-${index}`, [edit], ENTRY);
    const loaded = (await import(pathToFileURL(bundle).href)) as { exploreFleets: typeof exploreFleets };

    expect(await loaded.exploreFleets()).not.toEqual([]);
  },
  120_000,
);
