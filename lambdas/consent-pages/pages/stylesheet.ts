/** The colors of both schemes. A test computes the contrasts: at least 4.5 for text, 3 for marks and borders of controls (WCAG AA). */
export const COLORS = {
  light: {
    ink: '#1b1f24',
    paper: '#f3f5f8',
    card: '#ffffff',
    line: '#d5dae1',
    faint: '#57606b',
    strong: '#1456b8',
    'on-strong': '#ffffff',
    'strong-hover': '#0f4391',
    note: '#eef3fb',
    good: '#12733b',
    bad: '#b3261e',
    wait: '#855300',
  },
  dark: {
    ink: '#e8ebef',
    paper: '#101317',
    card: '#1a1e24',
    line: '#3a414b',
    faint: '#a7b0bc',
    strong: '#8ab6ff',
    'on-strong': '#0d1526',
    'strong-hover': '#aecbff',
    note: '#232b38',
    good: '#5fd08d',
    bad: '#ff8a80',
    wait: '#f2b44c',
  },
} as const;

export type ColorName = keyof (typeof COLORS)['light'];

function variables(scheme: keyof typeof COLORS): string {
  return Object.entries(COLORS[scheme])
    .map(([name, value]) => `--${name}: ${value}`)
    .join('; ');
}

/** The stylesheet of every page. Its SHA-256 stands in the Content-Security-Policy, so it must be in the page unchanged. */
export const STYLESHEET = `
:root { color-scheme: light dark; ${variables('light')} }
@media (prefers-color-scheme: dark) { :root { ${variables('dark')} } }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { margin: 0; padding: 2rem 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere }
header, main, footer { max-width: 40rem; margin: 0 auto }
header { display: flex; align-items: center; gap: .75rem; margin-bottom: 1rem; font-weight: 600 }
header img { flex: none; display: block; max-width: 9rem; height: 2.5rem; object-fit: contain; padding: .25rem; border-radius: .375rem; background: white }
main { padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
h1 { margin: 0 0 .75rem; font-size: 1.625rem; line-height: 1.25; text-wrap: balance }
h2 { margin: 2rem 0 .5rem; font-size: 1.125rem; line-height: 1.3 }
h3 { margin: 1rem 0 .25rem; font-size: 1rem }
p { margin: 0 0 .75rem }
p:last-child { margin-bottom: 0 }
.mark { display: flex; gap: .6rem }
.mark svg { flex: none; width: 1.9rem; height: 1.9rem; margin-top: .05rem; padding: .25rem; border-radius: 50%; background: var(--tone); fill: none; stroke: var(--card); stroke-width: 3; stroke-linecap: round; stroke-linejoin: round }
.good { --tone: var(--good) }
.bad { --tone: var(--bad) }
.wait { --tone: var(--wait) }
.plain { --tone: var(--strong) }
.next { padding: .75rem 1rem; border-left: .25rem solid var(--tone); background: var(--note) }
.expect { padding: .75rem 1rem; border-left: .25rem solid var(--strong); background: var(--note) }
ul, ol { margin: 0 0 .75rem; padding-left: 1.25rem }
li { margin-bottom: .4rem }
.scopes { padding: 0; list-style: none }
.scopes li { padding: .4rem 0; border-bottom: 1px solid var(--line) }
.scopes li:last-child { border-bottom: 0 }
.scopes code { display: block; color: var(--faint) }
code { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.5rem; margin: 1.25rem 0; padding: 1rem 0; border: solid var(--line); border-width: 1px 0 }
dt { color: var(--faint) }
dd { margin: 0 }
dl:last-child { margin-bottom: 0; padding-bottom: 0; border-bottom: 0 }
form { margin: 1.75rem 0 0 }
button { display: block; width: 100%; min-height: 3rem; padding: .6rem 1.5rem; border: 0; border-radius: .5rem; background: var(--strong); color: var(--on-strong); font: inherit; font-weight: 600; cursor: pointer }
button:hover { background: var(--strong-hover) }
a { color: var(--strong) }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
.aside { color: var(--faint) }
form + .aside { margin-top: .75rem }
footer { margin-top: 1rem; color: var(--faint); font-size: .875rem }
@media (max-width: 32rem) {
  body { padding: 1rem .75rem }
  main { padding: 1.25rem }
  h1 { font-size: 1.375rem }
  dl { grid-template-columns: 1fr; gap: 0 }
  dd { margin-bottom: .6rem }
  dd:last-child { margin-bottom: 0 }
}
@media (forced-colors: active) {
  button { border: 2px solid ButtonText }
}
@media print {
  body { padding: 0 }
  main { border: 0; padding: 0 }
}
`;
