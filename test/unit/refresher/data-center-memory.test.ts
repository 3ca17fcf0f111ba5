import { beforeEach, describe, expect, test } from 'vitest';
import {
  createDataCenterMemory,
  type DataCenterMemory,
} from '../../../lambdas/refresher/data-center-memory.ts';
import { SECOND_MS } from '../../support/builders.ts';

let memory: DataCenterMemory;
beforeEach(() => {
  memory = createDataCenterMemory();
});

const fail = (...connections: string[]) => {
  for (const connection of connections) memory.record('eu', { connection, isAnswered: false });
};
const answer = () => memory.record('eu', { connection: 'any', isAnswered: true });

describe('a data center', () => {
  test('is asked until five connections in a row got no answer', () => {
    fail('a', 'b', 'c', 'd');
    expect([0, 0, 0].map(() => memory.mayAsk('eu', 0))).toEqual([true, true, true]);

    fail('e');
    memory.mayAsk('eu', 0);
    expect(memory.mayAsk('eu', 1)).toBe(false);
  });

  test('is not suspected because one connection fails again and again', () => {
    fail('a', 'a', 'a', 'a', 'a', 'a', 'b', 'b');

    expect([0, 0].map(() => memory.mayAsk('eu', 0))).toEqual([true, true]);
  });

  test('is not suspected while others are answered in between', () => {
    fail('a', 'b', 'c');
    answer();
    fail('d', 'e', 'f');

    expect([0, 0].map(() => memory.mayAsk('eu', 0))).toEqual([true, true]);
  });

  test('that does not answer is asked once in each tick', () => {
    fail('a', 'b', 'c', 'd', 'e');

    const asked = Array.from({ length: 180 }, (_, second) => memory.mayAsk('eu', second * SECOND_MS));

    expect(asked.flatMap((isAsked, second) => (isAsked ? [second] : []))).toEqual([0, 45, 90, 135]);
  });

  test('that answers again is asked at once', () => {
    fail('a', 'b', 'c', 'd', 'e');
    memory.mayAsk('eu', 0);
    answer();

    expect([1, 1].map((ms) => memory.mayAsk('eu', ms))).toEqual([true, true]);
  });

  test('says nothing about another one', () => {
    fail('a', 'b', 'c', 'd', 'e');
    memory.mayAsk('eu', 0);

    expect(memory.mayAsk('us', 1)).toBe(true);
  });
});
