import { expect, test } from 'vitest';
import { hadTenCodes, isTooManyCodes, withCode } from '../../../../lambdas/core/invites/client-codes.ts';

const MINUTE_MS = 60_000;

test('a client had ten codes if ten came in ten minutes', () => {
  let codes: readonly number[] = [];
  for (let minute = 0; minute < 10; minute += 1) codes = withCode(codes, minute * MINUTE_MS);

  expect(hadTenCodes(codes, 10 * MINUTE_MS - 1)).toBe(true);
  expect(hadTenCodes(codes, 10 * MINUTE_MS)).toBe(false);
  expect(withCode(codes, 12 * MINUTE_MS)).toHaveLength(8);
});

test('access_denied is a decision if it took longer than three seconds, and the client had fewer than ten codes', () => {
  expect(isTooManyCodes([], 0, 2_999)).toBe(true);
  expect(isTooManyCodes([], 0, 3_000)).toBe(false);
  expect(
    isTooManyCodes(
      Array.from({ length: 10 }, () => 1),
      2,
      60_000,
    ),
  ).toBe(true);
});
