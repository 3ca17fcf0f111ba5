import { readFileSync } from 'node:fs';

/** What GitHub's themes use: each color of the light one, and the one that stands for it in the dark one. */
const DARK: Readonly<Record<string, string>> = {
  '#1f2328': '#f0f6fc',
  '#59636e': '#9198a1',
  '#57606a': '#9198a1',
  '#f6f8fa': '#151b23',
  '#d0d7de': '#3d444d',
  '#ffffff': '#212830',
  '#ddf4ff': '#132e4d',
  '#ffebe9': '#3c1618',
  '#0969da': '#4493f8',
  '#1a7f37': '#3fb950',
  '#cf222e': '#f85149',
};

const IMAGES = new URL('../../docs/images/', import.meta.url);

/**
 * Pictures that are made from another file, by their name in `docs/images`: `npm run docs` writes them, and a test compares them.
 */
export function renderPictures(): ReadonlyMap<string, string> {
  const read = (name: string) => readFileSync(new URL(name, IMAGES), 'utf8');
  const start = renderTerminal('npm ci && npm start', read('start.txt'));
  return new Map([
    ['how-it-works-dark.svg', darken(read('how-it-works-light.svg'))],
    ['trust-boundaries-invites-dark.svg', darken(read('trust-boundaries-invites-light.svg'))],
    ['start-light.svg', start],
    ['start-dark.svg', darken(start)],
  ]);
}

export const imageAt = (name: string): URL => new URL(name, IMAGES);

/** The picture for the dark theme. Throws at a color that the dark theme has no counterpart for. */
export function darken(svg: string): string {
  return svg.replace(/#[0-9a-f]{6}\b/g, (color) => {
    const dark = DARK[color];
    if (dark === undefined) throw new Error(`The dark theme has no counterpart for ${color}.`);
    return dark;
  });
}

const LINE_HEIGHT = 17;
const CHARACTER_WIDTH = 7.83;
const MARGIN = 16;

/** A command and what it printed, as a picture of a terminal. */
export function renderTerminal(command: string, output: string): string {
  const lines = [`$ ${command}`, ...output.trimEnd().split('\n')];
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * CHARACTER_WIDTH + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const rows = lines.map((line, n) => {
    const tone = n === 0 ? ' class="command"' : line.startsWith('PASS') ? ' class="pass"' : '';
    return `  <text${tone} x="${MARGIN}" y="${MARGIN + (n + 1) * LINE_HEIGHT - 4}">${escapeXml(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
  <title>${escapeXml(command)}</title>
  <style>
    text { font: 13px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; white-space: pre; }
    .command { fill: #0969da; }
    .pass { fill: #1a7f37; }
    rect { fill: #f6f8fa; stroke: #d0d7de; }
  </style>
  <rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${rows.join('\n')}
</svg>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
