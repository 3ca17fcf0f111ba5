import { describe, expect, test } from 'vitest';
import { Redacted } from '../../../../lambdas/core/redacted.ts';
import { repeatsSecret } from '../../../../lambdas/core/refresh/minted-token.ts';

const SIXTEEN = 'abcdefghij123456';

function isRepeated(secret: string, text: string): boolean {
  const other = new Redacted('x'.repeat(40));
  const answered = {
    credentials: { clientSecret: other, refreshToken: other },
    response: { accessToken: new Redacted(secret) },
  };
  return repeatsSecret(answered as unknown as Parameters<typeof repeatsSecret>[0], text);
}

describe('a secret in a text from outside', () => {
  test('is found in any case, whole', () => {
    expect(isRepeated(SIXTEEN, `scope=${SIXTEEN.toUpperCase()}`)).toBe(true);
    expect(isRepeated(SIXTEEN.toUpperCase(), `scope=${SIXTEEN}`)).toBe(true);
    expect(isRepeated(SIXTEEN, SIXTEEN.slice(1))).toBe(false);
  });

  test('is ignored when it is as short as a word', () => {
    expect(isRepeated(SIXTEEN.slice(1), SIXTEEN)).toBe(false);
  });
});
