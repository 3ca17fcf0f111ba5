import { type Html, html } from './html.ts';
import { outsideText, technicalName } from './outside-text.ts';
import { describeScope } from './scope-words.ts';

/** Scopes by product, in words, each with its technical name. */
export function renderScopes(scopes: readonly string[]): Html {
  const described = scopes.map((scope) => ({ scope, ...describeScope(scope) }));
  const products = [...new Set(described.map(({ product }) => product))];
  return html`${products.map((product) => {
    const items = described
      .filter((each) => each.product === product)
      .map(({ scope, words }) => html`<li>${outsideText(words)} ${technicalName(scope)}</li>\n`);
    return html`<h3>${outsideText(product)}</h3>
<ul class="scopes">
${items}</ul>
`;
  })}`;
}
