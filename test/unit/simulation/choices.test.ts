import { describe, expect, it } from 'vitest';
import { Choices } from '../../simulation/choices.ts';

/** Names like those in a world. */
const NAMES = [...Array(10_000).keys()].map((index) => `P${index % 7} call ${index} PutSecretValue fault`);

describe('a choice', () => {
  it('is the same for the same seed and name, whatever was chosen before', () => {
    const [one, other] = [new Choices(7), new Choices(7)];
    for (const name of NAMES.slice(0, 100)) other.draw(name);

    expect(one.draw('length')).toBe(other.draw('length'));
    expect(one.between('action 3 when', 0, 1e9)).toBe(other.between('action 3 when', 0, 1e9));
    expect(one.pick('jitter', ['a', 'b', 'c'])).toBe(other.pick('jitter', ['a', 'b', 'c']));
  });

  it('is the same on every machine', () => {
    const drawn = [0, 1, 2_000_000_000].map((seed) => new Choices(seed).draw('P0 call 1 GetItem fault'));

    expect(drawn).toMatchInlineSnapshot(`
      [
        0.5450778743252158,
        0.6058935474138707,
        0.438595000654459,
      ]
    `);
  });

  it('differs for another seed or another name', () => {
    const ofNames = NAMES.map((name) => new Choices(1).draw(name));
    const ofSeeds = NAMES.map((_, seed) => new Choices(seed).draw('phase 0 rate'));

    expect(new Set(ofNames).size).toBeGreaterThan(NAMES.length - 3);
    expect(new Set(ofSeeds).size).toBeGreaterThan(NAMES.length - 3);
  });

  const one = new Choices(1);
  const [three, five] = [new Choices(3), new Choices(5)];
  const nameOf = (index: number) => NAMES[index] ?? '';
  const quarter = (name: string) => Math.floor(three.draw(name) * 4);
  it.each<[string, number, number, (index: number) => number]>([
    ['in its high digits over names', 20, CHI_SQUARE_OF_19, (index) => high(one.draw(nameOf(index)))],
    ['in its low digits over names', 20, CHI_SQUARE_OF_19, (index) => low(one.draw(nameOf(index)))],
    ['in its high digits over seeds', 20, CHI_SQUARE_OF_19, (seed) => high(drawLate(seed))],
    ['in its low digits over seeds', 20, CHI_SQUARE_OF_19, (seed) => low(drawLate(seed))],
    ['in its high digits over both', 20, CHI_SQUARE_OF_19, (seed) => high(drawKind(seed))],
    ['in its low digits over both', 20, CHI_SQUARE_OF_19, (seed) => low(drawKind(seed))],
    [
      'together with the next one of the same call',
      16,
      CHI_SQUARE_OF_15,
      (index) => quarter(`P1 call ${index} fault`) * 4 + quarter(`P1 call ${index} kind`),
    ],
    ['between two numbers', 5, CHI_SQUARE_OF_4, (index) => five.between(nameOf(index), -1, 3) + 1],
    ['of several options', 3, CHI_SQUARE_OF_2, (index) => five.pick(nameOf(index), [0, 1, 2])],
  ])('is uniform %s', (_, buckets, critical, bucketAt) => {
    const drawn = NAMES.map((_name, index) => bucketAt(index));

    expect(new Set(drawn)).toEqual(new Set(Array.from({ length: buckets }, (_each, bucket) => bucket)));
    expect(chiSquare(drawn, buckets)).toBeLessThan(critical);
  });

  it('of a stream depends on the name of the stream', () => {
    const choices = new Choices(5);
    const [one, again, other] = [choices.stream('tokens'), choices.stream('tokens'), choices.stream('P0')];

    const first = [one(), one(), one()];

    expect(first).toEqual([again(), again(), again()]);
    expect(new Set([...first, other(), other(), other()]).size).toBe(6);
  });
});

describe('an incident', () => {
  it('happens with its probability', () => {
    const choices = new Choices(9);

    const count = NAMES.filter((name) => choices.happens(name, 0.15)).length;

    expect(count / NAMES.length).toBeCloseTo(0.15, 2);
    expect(NAMES.filter((name) => choices.happens(name, 0))).toEqual([]);
    expect(NAMES.filter((name) => choices.happens(name, 1))).toHaveLength(NAMES.length);
  });

  it('is recorded once by its name, in the order of occurrence', () => {
    const choices = new Choices(9);
    choices.happens('never', 0);
    choices.happens('b', 1);
    choices.happens('a', 1);
    choices.happens('b', 1);
    choices.draw('c');

    expect(choices.incidents).toEqual(['b', 'a']);
  });

  it('that is not allowed leaves all others unchanged', () => {
    const all = new Choices(9);
    const outcomes = (choices: Choices) =>
      NAMES.slice(0, 500).map((name) => [choices.happens(name, 0.1), choices.between(`${name} ms`, 1, 1e6)]);
    const before = outcomes(all);
    const [gone, ...left] = all.incidents;

    const fewer = new Choices(9, new Set(left));
    const after = outcomes(fewer);

    expect(left.length).toBeGreaterThan(20);
    expect(fewer.incidents).toEqual(left);
    expect(after).toEqual(
      before.map(([happened, ms], index) => [NAMES[index] === gone ? false : happened, ms]),
    );
  });

  it('does not happen only because it is allowed', () => {
    const choices = new Choices(9, new Set(NAMES));

    expect(NAMES.filter((name) => choices.happens(name, 0.15))).toEqual(
      NAMES.filter((name) => new Choices(9).happens(name, 0.15)),
    );
  });
});

const high = (draw: number) => Math.floor(draw * 20);
const low = (draw: number) => Math.floor(draw * 2 ** 32) % 20;
const drawLate = (seed: number) => new Choices(seed).draw('tick 3 late');
const drawKind = (seed: number) => new Choices(seed).draw(`P0 call ${seed % 40} kind`);

/** Critical values for p = 0.001. */
const CHI_SQUARE_OF_2 = 13.8;
const CHI_SQUARE_OF_4 = 18.5;
const CHI_SQUARE_OF_15 = 37.7;
const CHI_SQUARE_OF_19 = 43.8;

/** Pearson's chi-square statistic of the numbers from 0 to below `buckets`. */
function chiSquare(values: readonly number[], buckets: number): number {
  const expected = values.length / buckets;
  const counts = Array.from({ length: buckets }, () => 0);
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
