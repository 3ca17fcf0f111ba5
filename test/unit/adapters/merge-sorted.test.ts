import { expect, test } from 'vitest';
import { mergeSorted } from '../../../lambdas/adapters/merge-sorted.ts';

const closed: number[] = [];

async function* list(id: number, ...elements: number[]): AsyncIterable<number> {
  try {
    for await (const element of elements) {
      if (Number.isNaN(element)) throw new Error('the list fails');
      yield element;
    }
  } finally {
    closed.push(id);
  }
}

async function take(merged: AsyncIterable<number>, most = Number.POSITIVE_INFINITY): Promise<number[]> {
  const taken: number[] = [];
  for await (const element of merged) {
    taken.push(element);
    if (taken.length >= most) break;
  }
  return taken;
}

const itself = (element: number) => element;

test('sorted lists become one sorted list', async () => {
  expect(await take(mergeSorted([list(1, 1, 4, 9), list(2), list(3, 2, 3, 10), list(4, 4)], itself))).toEqual(
    [1, 2, 3, 4, 4, 9, 10],
  );
});

test('no list gives nothing', async () => {
  expect(await take(mergeSorted([], itself))).toEqual([]);
});

test('every list is closed when the reader stops', async () => {
  closed.length = 0;

  await take(mergeSorted([list(1, 1, 4), list(2, 2, 3)], itself), 2);

  expect(closed.sort()).toEqual([1, 2]);
});

test('the failure of one list ends all of them', async () => {
  closed.length = 0;

  await expect(take(mergeSorted([list(1, 1, 4, 5), list(2, 2, Number.NaN)], itself))).rejects.toThrow(
    'fails',
  );

  expect(closed.sort()).toEqual([1, 2]);
});
