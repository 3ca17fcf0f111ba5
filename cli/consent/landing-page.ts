import { escapeHtml } from '../../lambdas/core/escape-html.ts';

/** The page that the browser shows after the consent page. */
export interface LandingPage {
  readonly isSuccess: boolean;
  readonly title: string;
  readonly text: string;
  /** What to do next, if anything. */
  readonly nextStep?: string | undefined;
  /** Facts by name. */
  readonly facts?: Readonly<Record<string, string | readonly string[]>>;
}

/** Renders the page as HTML, without scripts and external resources. */
export function renderLandingPage({ isSuccess, title, text, nextStep, facts = {} }: LandingPage): string {
  const rows = Object.entries(facts).map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${renderValue(value)}</dd>\n`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Zoho Token Refresher</title>
<style>${STYLE}</style>
</head>
<body class="${isSuccess ? 'success' : 'failure'}">
<main>
<p class="brand">Zoho Token Refresher</p>
<h1><svg viewBox="0 0 24 24" aria-hidden="true"><path d="${isSuccess ? TICK : CROSS}"/></svg>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
${nextStep === undefined ? '' : `<p class="next">${escapeHtml(nextStep)}</p>\n`}${rows.length === 0 ? '' : `<dl>\n${rows.join('')}</dl>\n`}</main>
</body>
</html>
`;
}

const TICK = 'M5 12.5l4.5 4.5L19 7.5';
const CROSS = 'M6.5 6.5l11 11m0-11l-11 11';

/** The contrasts meet WCAG AA in both color schemes: 4.5 for text, 3 for the icon. */
const STYLE = `
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #f4f5f7; --card: #fff; --line: #d9dce1; --faint: #5c636e }
.success { --mark: #12733b }
.failure { --mark: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --paper: #111315; --card: #1b1e22; --line: #3a3f46; --faint: #a3abb5 }
  .success { --mark: #5fd08d }
  .failure { --mark: #ff8a80 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; padding: 1.5rem; display: grid; place-items: center; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { width: 100%; max-width: 36rem; padding: 1.75rem 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px }
h1 { display: flex; align-items: center; gap: .6rem; margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25 }
svg { flex: none; width: 1.75rem; height: 1.75rem; padding: .2rem; border-radius: 50%; background: var(--mark); fill: none; stroke: var(--card); stroke-width: 3; stroke-linecap: round; stroke-linejoin: round }
p { margin: 0 0 .75rem }
.brand { margin-bottom: 1.25rem; color: var(--faint); font-size: .875rem }
.next { padding-left: .85rem; border-left: 3px solid var(--mark) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.5rem; margin: 1.25rem 0 0; padding-top: 1.25rem; border-top: 1px solid var(--line) }
dt { color: var(--faint) }
dd { margin: 0 }
ul { margin: 0; padding: 0 0 0 1rem; list-style: none; text-indent: -1rem }
@media (max-width: 30rem) {
  body { padding: 1rem }
  main { padding: 1.25rem }
  dl { grid-template-columns: 1fr; gap: 0 }
  dd { margin-bottom: .75rem }
  dd:last-child { margin-bottom: 0 }
}
`;

function renderValue(value: string | readonly string[]): string {
  if (typeof value === 'string') return escapeHtml(value);
  return `<ul>${value.map((each) => `<li>${breakableAtDots(escapeHtml(each))}</li>`).join('')}</ul>`;
}

function breakableAtDots(html: string): string {
  return html.replaceAll('.', '.<wbr>');
}
