import type { Brand } from './brand.ts';
import type { PageContent } from './document.ts';
import { Html, html } from './html.ts';
import type { Outcome, ShownResult } from './outcome.ts';
import { outcomeOf } from './outcome-words.ts';
import { outsideText, technicalName } from './outside-text.ts';
import { revocationGuide } from './revocation-guide.ts';

/** The page of a result. `inviteUrl`: where the visitor can try again, if the page knows it. */
export function outcomePage(result: ShownResult, brand: Brand, inviteUrl?: string): PageContent {
  const name = outsideText(brand.displayName);
  const { tone, title, heading = html`${title}`, text, next, canRetry = false } = outcomeOf(result, name);
  return {
    title,
    main: html`<h1 class="mark ${tone}">${MARKS[tone]}<span>${heading}</span></h1>
<p>${text}</p>
${next !== undefined && html`<p class="next ${tone}">${next}</p>\n`}${renderFacts(result)}
${canRetry && inviteUrl !== undefined && html`<p><a href="${inviteUrl}">Open the invite again</a></p>\n`}${
  result.kind === 'done' && html`<h2>How to end the access later</h2>\n${revocationGuide(undefined, name)}`
}`,
  };
}

function renderFacts(result: ShownResult): Html | false {
  if (!('connection' in result)) return false;
  const { org_name: organization, consented_by: user }: { org_name?: string; consented_by?: string } =
    'token_live' in result || result.kind === 'received' ? result : {};
  return html`<dl>
${organization !== undefined && fact('Organization', outsideText(organization))}${
  user !== undefined && fact('Zoho user', outsideText(user))
}${result.kind === 'failed' && fact('Error code', technicalName(result.reason))}${fact(
  'Reference',
  technicalName(result.connection),
)}</dl>`;
}

function fact(name: string, value: Html): Html {
  return html`<dt>${name}</dt><dd>${value}</dd>\n`;
}

/** The heading says the same in words. */
const MARKS: Readonly<Record<Outcome['tone'], Html>> = {
  good: mark('M5 12.5l4.5 4.5L19 7.5'),
  wait: mark('M12 6v6.5l4 2.5'),
  plain: mark('M12 11v6.5M12 6.5v.2'),
  bad: mark('M6.5 6.5l11 11m0-11l-11 11'),
};

function mark(path: string): Html {
  return new Html(
    `<svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="3" aria-hidden="true"><path d="${path}"/></svg>`,
  );
}
