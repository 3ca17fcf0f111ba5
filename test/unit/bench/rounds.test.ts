import { describe, expect, it } from 'vitest';
import { interleave, median, medianOf, ratioOf } from '../../bench/rounds.ts';

describe('interleaved rounds', () => {
  it('measure the subjects in turns, every other round backwards', async () => {
    const order: string[] = [];
    const subject = (name: string) => (round: number) => {
      order.push(`${name}${round}`);
      return Promise.resolve(1);
    };

    await interleave(3, { a: subject('a'), b: subject('b') });

    expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
  });

  it('compare within a round, so that a slow round changes no ratio', () => {
    const rounds = [
      { a: 2, b: 1 },
      { a: 200, b: 100 },
      { a: 4, b: 2 },
    ];

    expect(ratioOf(rounds, 'a', 'b')).toBe(2);
    expect(medianOf(rounds, 'a')).toBe(4);
  });

  it('have no median if nothing was measured', () => {
    expect(median([])).toBeNaN();
  });
});
