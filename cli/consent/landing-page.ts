/** What the person reads in the browser after the consent page. */
export interface LandingPage {
  readonly isSuccess: boolean;
  readonly title: string;
  readonly text: string;
  /** Facts, by name. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** The page as HTML: no script, nothing from elsewhere. */
export function renderLandingPage({ isSuccess, title, text, facts = {} }: LandingPage): string {
  const rows = Object.entries(facts)
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Zoho Token Refresher</title>
<style>
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --line: #d9dce1; --faint: #5c636e; --mark: ${isSuccess ? '#12733b' : '#b3261e'} }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --paper: #17191c; --line: #3a3f46; --faint: #a3abb5; --mark: ${isSuccess ? '#5fd08d' : '#ff8a80'} } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { width: min(34rem, 100% - 3rem); border: 1px solid var(--line); border-top: 4px solid var(--mark); border-radius: 8px; padding: 1.75rem 2rem }
h1 { margin: 0 0 .5rem; font-size: 1.3rem }
p { margin: 0 0 1rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 0 0 1rem }
dt { color: var(--faint) }
dd { margin: 0; overflow-wrap: anywhere }
footer { color: var(--faint); font-size: .85rem }
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
${rows === '' ? '' : `<dl>${rows}</dl>\n`}<footer>Zoho Token Refresher</footer>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
