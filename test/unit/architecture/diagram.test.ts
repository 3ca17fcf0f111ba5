import { describe, expect, test } from 'vitest';
import { type Arrow, isInside, isOnBorder, readDiagram } from './diagram.ts';
import { FRAMES, PARTS, partOf, permissionOf } from './parts.ts';
import { isOwnFile, SourceTree } from './source-tree.ts';

describe('the diagram of the allowed imports', () => {
  const { parts, frames, arrows, withoutStyle } = readDiagram('light');
  const nameOf = ({ from, to }: Pick<Arrow, 'from' | 'to'>) => `${from} -> ${to}`;

  test('has an arrow for each permission of the table, and no other', () => {
    const allowed = PARTS.flatMap(({ name, mayImport }) => mayImport.map((to) => nameOf({ from: name, to })));

    expect(arrows.map(nameOf).sort()).toEqual(allowed.sort());
  });

  test('has no arrow that no import of the code needs', () => {
    const used = new Set(
      new SourceTree().imports
        .filter(({ file, target }) => isOwnFile(target) && partOf(target) !== partOf(file))
        .map(({ file, target }) => `${partOf(file).name} -> ${permissionOf(partOf(file), target)}`),
    );

    expect(arrows.map(nameOf).filter((arrow) => !used.has(arrow))).toEqual([]);
  });

  test('has a box for each part, labelled with the end of its path', () => {
    expect(parts.map(({ name }) => name).sort()).toEqual(PARTS.map(({ name }) => name).sort());
    for (const { name, text } of parts) expect(text).toContain(name.split('/').at(-1));
  });

  test('has a box inside a frame exactly when the frame includes the part', () => {
    expect(frames.map(({ name }) => name).sort()).toEqual(Object.keys(FRAMES).sort());
    for (const frame of frames) {
      const inside = parts.filter((part) => isInside(part, frame)).map(({ name }) => name);
      const included = PARTS.map(({ name }) => name).filter((name) =>
        FRAMES[frame.name]?.some((prefix) => `${name}/`.startsWith(prefix)),
      );
      expect(inside.sort()).toEqual(included.sort());
    }
  });

  test('has arrows that start and end at the boxes that they name', () => {
    const boxOf = (name: string) => {
      const box = [...parts, ...frames].find((found) => found.name === name);
      return box ?? parts.find((found) => found.name === partOf(name).name);
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
