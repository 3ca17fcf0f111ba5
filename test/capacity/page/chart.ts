/** Colors of the light theme. `darken` in `test/support/pictures.ts` knows the dark ones. */
const STYLE = `
    text { font: 13px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328; }
    .title { font-size: 15px; font-weight: 600; }
    .note { font-size: 12px; fill: #59636e; }
    .middle { text-anchor: middle; }
    .end { text-anchor: end; }
    .page { fill: #ffffff; }
    .grid { stroke: #d0d7de; stroke-width: 1; }
    .track { fill: #f6f8fa; stroke: #d0d7de; }
    .secrets-manager { stroke: #0969da; fill: none; stroke-width: 2.5; }
    .dynamodb { stroke: #1a7f37; fill: none; stroke-width: 2.5; }
    .second { stroke-dasharray: 8 4; }
    .third { stroke-dasharray: 2 3; }
    .bar.secrets-manager, .dot.secrets-manager, .name.secrets-manager { fill: #0969da; stroke: none; }
    .bar.dynamodb, .dot.dynamodb, .name.dynamodb { fill: #1a7f37; stroke: none; }`;

export const WIDTH = 480;

export interface Picture {
  readonly title: string;
  /** What it shows, for those who do not see it. */
  readonly description: string;
  readonly height: number;
  readonly elements: readonly string[];
}

/** An SVG for the light theme. */
export function renderSvg({ title, description, height, elements }: Picture): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
  <title>${escapeXml(title)}</title>
  <desc>${escapeXml(description)}</desc>
  <style>${STYLE}
  </style>
  <rect class="page" width="${WIDTH}" height="${height}" rx="8"/>
  <text class="title" x="16" y="26">${escapeXml(title)}</text>
${elements.map((element) => `  ${element}`).join('\n')}
</svg>
`;
}

export function text(at: { readonly x: number; readonly y: number }, content: string, classes = ''): string {
  const classed = classes === '' ? '' : ` class="${classes}"`;
  return `<text${classed} x="${round(at.x)}" y="${round(at.y)}">${escapeXml(content)}</text>`;
}

export function line(
  from: { readonly x: number; readonly y: number },
  to: { readonly x: number; readonly y: number },
  classes: string,
): string {
  return `<line class="${classes}" x1="${round(from.x)}" y1="${round(from.y)}" x2="${round(to.x)}" y2="${round(to.y)}"/>`;
}

export function curve(
  points: readonly { readonly x: number; readonly y: number }[],
  classes: string,
): string {
  return `<polyline class="${classes}" points="${points.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ')}"/>`;
}

export function dot({ x, y }: { readonly x: number; readonly y: number }, classes: string): string {
  return `<circle class="dot ${classes}" cx="${round(x)}" cy="${round(y)}" r="4"/>`;
}

export function bar(
  at: { readonly x: number; readonly y: number },
  size: { readonly width: number; readonly height: number },
  classes: string,
): string {
  return `<rect class="${classes}" x="${round(at.x)}" y="${round(at.y)}" width="${round(size.width)}" height="${size.height}" rx="3"/>`;
}

/** A value between two others, as a share of the way. By its logarithm if it spans orders of magnitude. */
export function shareOf(value: number, [from, to]: readonly [number, number], isLogarithmic = false): number {
  const scale = isLogarithmic ? Math.log10 : (number: number) => number;
  return (scale(value) - scale(from)) / (scale(to) - scale(from));
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
