import { describe, expect, test } from 'vitest';
import { COLORS, type ColorName, STYLESHEET } from '../../../lambdas/consent-pages/pages/stylesheet.ts';
import { contrastOf } from '../../support/page-facts.ts';

const TEXTS: readonly (readonly [ink: ColorName, behind: ColorName])[] = [
  ['ink', 'paper'],
  ['ink', 'card'],
  ['ink', 'note'],
  ['faint', 'paper'],
  ['faint', 'card'],
  ['strong', 'card'],
  ['on-strong', 'strong'],
  ['on-strong', 'strong-hover'],
];
/** Icons, the bar beside what to do next, the outline of what has the focus. */
const MARKS: typeof TEXTS = [
  ['good', 'card'],
  ['bad', 'card'],
  ['wait', 'card'],
  ['strong', 'note'],
  ['ink', 'card'],
];

describe.each(Object.keys(COLORS) as (keyof typeof COLORS)[])('in the %s scheme', (scheme) => {
  const colors = COLORS[scheme];
  const contrast = ([one, other]: readonly [ColorName, ColorName]) =>
    contrastOf(rgb(colors[one]), rgb(colors[other]));

  test.each(TEXTS)('%s on %s can be read (WCAG AA)', (...pair) => {
    expect(contrast(pair)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(MARKS)('%s on %s can be seen (WCAG AA)', (...pair) => {
    expect(contrast(pair)).toBeGreaterThanOrEqual(3);
  });
});

test('the stylesheet has no other colors, and uses each of them', () => {
  const own = Object.values(COLORS).flatMap((colors) => Object.values(colors) as string[]);
  const others = (STYLESHEET.match(/#[0-9a-f]{3,8}\b/g) ?? []).filter((color) => !own.includes(color));

  // The plate of a logo, which may have been drawn for white paper.
  expect(others).toEqual([]);
  for (const name of Object.keys(COLORS.light)) expect(STYLESHEET).toContain(`var(--${name})`);
});

test('the stylesheet loads nothing and cannot end its element', () => {
  expect(STYLESHEET).not.toMatch(/url\(|@import|<\//);
});

function rgb(hex: string): string {
  const parts = hex.slice(1).match(/../g) ?? [];
  return `rgb(${parts.map((part) => Number.parseInt(part, 16)).join(', ')})`;
}
