import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bundleWorker } from '../simulation/bundle.ts';
import { CONSENT_DEFECTS } from '../simulation/consent/consent-defects.ts';
import { exploreConsents } from '../simulation/consent/explore-consents.ts';

const ENTRY = 'consent/explore-consents.ts';

describe('the exploration of crashes', () => {
  test('finds nothing wrong, no matter who continues after a crash', async () => {
    const { runs, violations } = await exploreConsents({ isThorough: true });

    expect(violations).toEqual([]);
    expect(runs).toBeGreaterThan(2_800);
  }, 300_000);

  test.each(CONSENT_DEFECTS.map(([name, edit], index) => [name, edit, index] as const))(
    'finds the defect: %s',
    async (_, edit, index) => {
      const bundle = await bundleWorker(`consent-defect-${index}`, [edit], ENTRY);
      const loaded = (await import(pathToFileURL(bundle).href)) as {
        exploreConsents: typeof exploreConsents;
      };

      const { violations } = await loaded.exploreConsents({ isThorough: true, stopsAtFirst: true });

      expect(violations).not.toEqual([]);
    },
    120_000,
  );
});
