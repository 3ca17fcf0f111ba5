import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidEventError, parseRefresherEvent } from '../../lambdas/core/refresh/refresher-events.ts';
import { leaks, secret } from './arbitraries.ts';
import { forAll, runs } from './fuzz-runs.ts';

const KEYS = ['action', 'connection', 'reason', 'rejectedGeneration', 'token'];

const eventOf = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(
    fc.constantFrom(...KEYS),
    fc.oneof(
      value,
      fc.constantFrom('refresh', 'refresh-due', 'crm-prod', 'unauthorized', 'operator', 7, -1, 0.5),
    ),
  );

describe('an event', () => {
  test('is one of the two kinds, or an InvalidEventError', () =>
    forAll([fc.oneof(fc.anything(), fc.jsonValue(), eventOf(fc.anything()))], runs(1000), (event) => {
      const outcome = outcomeOf(event);

      expect(outcome instanceof InvalidEventError || /^refresh(-due)?$/.test(outcome.action)).toBe(true);
    }));

  const known = fc.record(
    {
      action: fc.constant('refresh'),
      connection: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
      reason: fc.constantFrom('unauthorized', 'operator'),
      rejectedGeneration: fc.maxSafeNat(),
    },
    { requiredKeys: ['action', 'connection', 'reason'], noNullPrototype: true },
  );

  test('that is valid is accepted unchanged', () =>
    forAll([known], runs(100), (event) => {
      expect(parseRefresherEvent(event)).toStrictEqual(event);
    }));

  const eventWithSecret = secret.chain((secretText) =>
    fc.tuple(
      fc.constant(secretText),
      fc.oneof(
        eventOf(fc.constantFrom<unknown>(secretText, [secretText], { [secretText]: secretText })),
        fc.constantFrom<unknown>(
          secretText,
          { [secretText]: 'refresh' },
          { action: 'refresh-due', [secretText]: secretText },
        ),
      ),
    ),
  );

  test('that is rejected never has its secrets shown in the message', () =>
    forAll([eventWithSecret], runs(500), ([secretText, event]) => {
      const outcome = outcomeOf(event);

      expect(outcome instanceof InvalidEventError && leaks(outcome.message, secretText)).toBe(false);
    }));
});

function outcomeOf(event: unknown) {
  try {
    return parseRefresherEvent(event);
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
}
