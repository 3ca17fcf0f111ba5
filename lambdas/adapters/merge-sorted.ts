/**
 * Merges sorted sources into one sorted list. One element of each source is read ahead, all of them at once at first. All sources
 * are closed when the reader stops, or one of them fails.
 */
export async function* mergeSorted<Element>(
  sources: readonly AsyncIterable<Element>[],
  orderOf: (element: Element) => number,
): AsyncIterable<Element> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
    for (;;) {
      const index = indexOfLeast(heads, orderOf);
      const head = heads[index];
      if (head === undefined || head.done === true) return;
      yield head.value;
      heads[index] = (await iterators[index]?.next()) ?? head;
    }
  } finally {
    await Promise.all(iterators.map((iterator) => iterator.return?.()));
  }
}

/** -1 if all sources have ended. */
function indexOfLeast<Element>(
  heads: readonly IteratorResult<Element>[],
  orderOf: (element: Element) => number,
): number {
  let least = -1;
  let leastOrder = Number.POSITIVE_INFINITY;
  heads.forEach((head, index) => {
    if (head.done === true) return;
    const order = orderOf(head.value);
    if (least !== -1 && order >= leastOrder) return;
    least = index;
    leastOrder = order;
  });
  return least;
}
