import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { storedGeneration } from '../../lambdas/core/access-token.ts';
import { accessTokenSecret } from '../support/builders.ts';

describe('the generation of a stored token', () => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (generation) => {
        expect(storedGeneration(accessTokenSecret({ generation }))).toBe(generation);
      }),
    );
  });

  test('is a whole number in range or unknown, whatever stands in the secret', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.jsonValue().map((generation) => JSON.stringify({ generation })),
      fc.double().map((generation) => `{"generation":${generation}}`),
    );

    fc.assert(
      fc.property(anyText, (text) => {
        const generation = storedGeneration(text) ?? 0;

        expect(Number.isInteger(generation) && generation >= 0 && generation <= 1e12).toBe(true);
      }),
    );
  });
});
