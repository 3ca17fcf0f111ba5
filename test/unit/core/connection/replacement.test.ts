import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { replacementOf } from '../../../../lambdas/core/connection/replacement.ts';
import { activeConnection, NOW_MS } from '../../../support/builders.ts';

const SEEN = activeConnection({ generation: 7, nextAttemptAtMs: NOW_MS, failures: 0 });

describe('what replaces a row', () => {
  test.each<[string, Partial<Connection>, Partial<Connection>]>([
    [
      'is due a millisecond earlier if nothing else tells them apart',
      { failures: 1 },
      { nextAttemptAtMs: NOW_MS - 1 },
    ],
    ['stays the same with another generation', { generation: 8 }, {}],
    ['stays the same if it is due at another time', { nextAttemptAtMs: NOW_MS + 1 }, {}],
    ['stays the same if it is to be notified earlier', { notifyAtMs: NOW_MS - 5 }, {}],
    [
      'is due earlier if it is only notified later',
      { notifyAtMs: NOW_MS + 5 },
      { nextAttemptAtMs: NOW_MS - 1 },
    ],
  ])('%s', (_, changed, expected) => {
    const next = { ...SEEN, ...changed };

    expect(replacementOf(SEEN, next)).toEqual({ ...next, ...expected });
  });

  test('is notified a millisecond earlier if it is due for that', () => {
    const seen = { ...SEEN, notifyAtMs: NOW_MS - 5 };
    const next = { ...seen, failures: 1 };

    expect(replacementOf(seen, next)).toEqual({ ...next, notifyAtMs: NOW_MS - 6 });
  });
});
