import { expect, test } from 'vitest';
import { editedSource } from '../bundle.ts';
import { CONSENT_DEFECTS } from './consent-defects.ts';
import { exploreConsents } from './explore-consents.ts';

test('wherever a process of ConsentApi ends, no consent is half-stored and no refresh token is forgotten', async () => {
  const { runs, violations } = await exploreConsents();

  expect(violations).toEqual([]);
  expect(runs).toBeGreaterThan(700);
}, 60_000);

test.each(CONSENT_DEFECTS)('the text of the defect is in the source: %s', async (_, edit) => {
  await expect(editedSource(edit.file, [edit])).resolves.toContain(edit.replace);
});
