import { expect, test } from 'vitest';
import { linkDocuments } from '../../../../cli/terminal/link-documents.ts';
import { DOCUMENTS_URL } from '../../../../lambdas/core/documents.ts';

test('a runbook is linked where the notifications link it', () => {
  const text = 'See docs/runbooks/RowLost.md, docs/runbooks/KeyDisabled.md.';

  expect(linkDocuments(text, 'https://wiki.example')).toBe(
    'See https://wiki.example/RowLost.md, https://wiki.example/KeyDisabled.md.',
  );
  expect(linkDocuments(text)).toContain(`${DOCUMENTS_URL}/runbooks/RowLost.md`);
});

test('other documents are linked where they are published, whatever the runbooks are', () => {
  expect(linkDocuments('as in docs/operator-policy.json.', 'https://wiki.example')).toBe(
    `as in ${DOCUMENTS_URL}/operator-policy.json.`,
  );
});

test('an address stays as it is', () => {
  const linked = linkDocuments('docs/alerting.md and docs/runbooks/RowLost.md');

  expect(linkDocuments(linked)).toBe(linked);
});
