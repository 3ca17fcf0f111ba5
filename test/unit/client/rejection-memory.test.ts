import { describe, expect, it } from 'vitest';
import { createRejectionMemory, kindOf } from '../../../lambdas/client/rejection-memory.ts';
import type { ApiVerdict } from '../../../lambdas/core/zoho/api-rejections.ts';

function startMemory() {
  const memory = createRejectionMemory();
  const reject = (
    generation: number,
    { verdict = 'token' as ApiVerdict, isYoung = false, kind = 'a' } = {},
  ) => memory.reject(kind, generation, verdict, isYoung);
  return { memory, reject };
}

describe('a new token may help', () => {
  it('after the first rejection, however often it is repeated', () => {
    const { reject } = startMemory();

    expect([reject(1), reject(1), reject(1)]).toEqual([true, true, true]);
  });

  it.each(['accepted', 'not-the-token'] as const)('never after the verdict %s', (verdict) => {
    expect(startMemory().reject(1, { verdict })).toBe(false);
  });

  it.each(['token', 'ambiguous'] as const)(
    'no more when the next token gets the same verdict, %s, nor in later generations',
    (verdict) => {
      const { reject } = startMemory();

      expect([1, 2, 2, 3, 9].map((generation) => reject(generation, { verdict }))).toEqual([
        true,
        false,
        false,
        false,
        false,
      ]);
    },
  );

  it('again when the next token gets another verdict', () => {
    const { reject } = startMemory();
    reject(1, { verdict: 'ambiguous' });

    expect(reject(2, { verdict: 'token' })).toBe(true);
  });

  it('to other kinds of calls', () => {
    const { reject } = startMemory();
    reject(1);
    reject(2);

    expect(reject(2, { kind: 'b' })).toBe(true);
  });

  it('again once a call of the kind has succeeded', () => {
    const { memory, reject } = startMemory();
    reject(1);
    reject(2);
    memory.succeed('a', 2);

    expect(reject(2)).toBe(true);
  });

  it('to a kind of call that worked before, even if two tokens in a row are rejected', () => {
    const { memory, reject } = startMemory();
    memory.succeed('a', 1);

    expect([reject(1), reject(2), reject(3)]).toEqual([true, true, true]);
  });
});

describe('a young token that is rejected', () => {
  it('is not complained about at once after a cold start, but when it is older', () => {
    const { reject } = startMemory();

    expect([reject(7, { isYoung: true }), reject(7)]).toEqual([false, true]);
  });

  it('died if a call of the kind succeeded with it', () => {
    const { memory, reject } = startMemory();
    memory.succeed('a', 7);

    expect(reject(7, { isYoung: true })).toBe(true);
  });
});

describe('success that is reported without a URL', () => {
  it('clears the reported kinds of calls, and says nothing about young tokens', () => {
    const { memory, reject } = startMemory();
    for (const kind of ['a', 'b']) for (const generation of [1, 2]) reject(generation, { kind });

    memory.succeedAll((kind) => kind === 'a', 3);

    expect([reject(3), reject(3, { isYoung: true }), reject(3, { kind: 'b' })]).toEqual([true, false, false]);
  });

  it('proves that calls of these kinds can work', () => {
    const { memory, reject } = startMemory();
    reject(1);

    memory.succeedAll(() => true, 2);

    expect([2, 3, 4].map((generation) => reject(generation))).toEqual([true, true, true]);
  });
});

describe('the kind of a call', () => {
  it('is what a scope is for: method, host and resource, without IDs and queries', () => {
    expect(kindOf('POST', new URL('https://www.zohoapis.eu/crm/v8/Leads/123?a=1'))).toBe(
      'POST/www.zohoapis.eu/crm/v8/Leads',
    );
  });

  it('is remembered among 200', () => {
    const { reject } = startMemory();
    reject(1);
    reject(2);

    for (let other = 0; other < 199; other += 1) reject(1, { kind: `other ${other}` });

    expect(reject(2)).toBe(false);
  });

  it('is forgotten when there are too many', () => {
    const { reject } = startMemory();
    reject(1);
    reject(2);

    for (let other = 0; other < 200; other += 1) reject(1, { kind: `other ${other}` });

    expect(reject(2)).toBe(true);
  });
});
