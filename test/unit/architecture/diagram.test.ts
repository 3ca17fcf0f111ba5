import { describe, expect, test } from 'vitest';
import { type Arrow, isInside, isOnBorder, readDiagram } from './diagram.ts';
import { isOwnFile, SourceTree } from './source-tree.ts';
import { FRAMES, permissionOf, UNITS, unitOf } from './units.ts';

describe('the diagram of the allowed imports', () => {
  const { units, frames, arrows, withoutStyle } = readDiagram('light');
  const nameOf = ({ from, to }: Pick<Arrow, 'from' | 'to'>) => `${from} -> ${to}`;

  test('has an arrow for each permission of the table, and no other', () => {
    const allowed = UNITS.flatMap(({ name, mayImport }) => mayImport.map((to) => nameOf({ from: name, to })));

    expect(arrows.map(nameOf).sort()).toEqual(allowed.sort());
  });

  test('has no arrow that no import of the code needs', () => {
    const used = new Set(
      new SourceTree().imports
        .filter(({ file, target }) => isOwnFile(target) && unitOf(target) !== unitOf(file))
        .map(({ file, target }) => `${unitOf(file).name} -> ${permissionOf(unitOf(file), target)}`),
    );

    expect(arrows.map(nameOf).filter((arrow) => !used.has(arrow))).toEqual([]);
  });

  test('has a box for each unit, labelled with the end of its path', () => {
    expect(units.map(({ name }) => name).sort()).toEqual(UNITS.map(({ name }) => name).sort());
    for (const { name, text } of units) expect(text).toContain(name.split('/').at(-1));
  });

  test('has a box inside a frame exactly when the frame includes the unit', () => {
    expect(frames.map(({ name }) => name).sort()).toEqual(Object.keys(FRAMES).sort());
    for (const frame of frames) {
      const inside = units.filter((unit) => isInside(unit, frame)).map(({ name }) => name);
      const included = UNITS.map(({ name }) => name).filter((name) =>
        FRAMES[frame.name]?.some((prefix) => `${name}/`.startsWith(prefix)),
      );
      expect(inside.sort()).toEqual(included.sort());
    }
  });

  test('has arrows that start and end at the boxes that they name', () => {
    const boxOf = (name: string) => {
      const box = [...units, ...frames].find((found) => found.name === name);
      return box ?? units.find((found) => found.name === unitOf(name).name);
    };
    const astray = arrows.filter(({ from, to, start, end }) => {
      const [source, target] = [boxOf(from), boxOf(to)];
      return !source || !target || !isOnBorder(start, source) || !isOnBorder(end, target);
    });

    expect(astray.map(nameOf)).toEqual([]);
  });

  test('is the same in light and dark, but for its colours', () => {
    expect(readDiagram('dark').withoutStyle).toBe(withoutStyle);
  });
});
