import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './source-tree.ts';

/** A rectangle with a label: a part of the table, or a frame around some. */
export interface Box {
  readonly name: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly text: string;
}

/** An arrow: files of `from` may import `to`, which is a part, a frame, or one file of a part. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly start: Point;
  readonly end: Point;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Diagram {
  readonly parts: readonly Box[];
  readonly frames: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** All of the drawing except its colours. */
  readonly withoutStyle: string;
}

/** Reads the SVG that shows the allowed imports. Its elements carry the names of the table as `data-` attributes. */
export function readDiagram(theme: 'light' | 'dark'): Diagram {
  const svg = readFileSync(join(ROOT, `docs/images/allowed-imports-${theme}.svg`), 'utf8');
  return {
    parts: boxes(svg, 'part'),
    frames: boxes(svg, 'frame'),
    arrows: [
      ...svg.matchAll(
        /<path class="edge" data-from="(.+?)" data-to="(.+?)" d="M(\d+) (\d+)(?:V(\d+)|H(\d+))"\/>/g,
      ),
    ].map(([, from = '', to = '', x, y, endY = y, endX = x]) => ({
      from,
      to,
      start: { x: Number(x), y: Number(y) },
      end: { x: Number(endX), y: Number(endY) },
    })),
    withoutStyle: svg.replace(/<style>[\s\S]*?<\/style>/, ''),
  };
}

export function isOnBorder({ x, y }: Point, { left, top, right, bottom }: Box): boolean {
  const isWithin = left <= x && x <= right && top <= y && y <= bottom;
  return isWithin && (x === left || x === right || y === top || y === bottom);
}

export function isInside(inner: Box, outer: Box): boolean {
  return (
    outer.left < inner.left &&
    inner.right < outer.right &&
    outer.top < inner.top &&
    inner.bottom < outer.bottom
  );
}

function boxes(svg: string, kind: 'part' | 'frame'): Box[] {
  const pattern = new RegExp(
    `<g data-${kind}="(.+?)">\\s*<rect class="\\w+" x="(\\d+)" y="(\\d+)" width="(\\d+)" height="(\\d+)" rx="\\d+"/>([\\s\\S]*?)</g>`,
    'g',
  );
  return [...svg.matchAll(pattern)].map(([, name = '', x, y, width, height, content = '']) => ({
    name,
    left: Number(x),
    top: Number(y),
    right: Number(x) + Number(width),
    bottom: Number(y) + Number(height),
    text: content.replace(/<[^>]+>/g, ' '),
  }));
}
