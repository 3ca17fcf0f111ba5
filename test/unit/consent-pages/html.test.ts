import { expect, test } from 'vitest';
import { html } from '../../../lambdas/consent-pages/pages/html.ts';

test('a template escapes every text, and inserts its own pieces as they are', () => {
  const item = html`<li title="${`"'&`}">${'<b>'}</li>`;

  expect(html`<ul>${[item, '<', 7, undefined, false]}</ul>`.text).toBe(
    '<ul><li title="&#34;&#39;&#38;">&#60;b&#62;</li>&#60;7</ul>',
  );
});
