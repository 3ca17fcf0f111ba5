import { expect, test } from 'vitest';
import { type Item, parseItem, toItem } from '../../../lambdas/adapters/connection-row.ts';
import rows from './rows-0.1.0.json' with { type: 'json' };

/** Items that the code of version 0.1.0 wrote, with the rows that it wrote them from. */
const WRITTEN: [string, { item: object; row: object }][] = Object.entries(rows);

test.each(WRITTEN)('a row of version 0.1.0 is read unchanged: %s', (_, { item, row }) => {
  const parsed = parseItem(item as Item);

  expect(parsed).toMatchObject(row);
  expect('malformed' in parsed ? undefined : toItem(parsed)).toEqual(item);
});
