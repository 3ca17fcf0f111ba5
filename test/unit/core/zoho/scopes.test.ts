import { describe, expect, test } from 'vitest';
import { formatScopes, missingScopes, parseScopes } from '../../../../lambdas/core/zoho/scopes.ts';

describe('the scopes of an answer', () => {
  test.each([
    ['A.x,B.y', ['A.x', 'B.y']],
    ['A.x B.y', ['A.x', 'B.y']],
    ['A.x, B.y', ['A.x', 'B.y']],
    ['  A.x  ', ['A.x']],
    ['A.x,A.x', ['A.x']],
    ['A.x\nB.y', ['A.x', 'B.y']],
    [',,', []],
    ['', []],
  ])('are read from %j', (text, scopes) => {
    expect(parseScopes(text)).toEqual(scopes);
  });

  test('are stored separated by commas, in the order given', () => {
    expect(formatScopes(parseScopes('B.y A.x'))).toBe('B.y,A.x');
  });
});

describe('scopes that are missing', () => {
  test('are those that are declared and were not granted', () => {
    expect(missingScopes(['A.x', 'B.y', 'C.z'], 'B.y,D.w')).toEqual(['A.x', 'C.z']);
  });

  test('are compared without regard to case', () => {
    expect(missingScopes(['ZohoCRM.modules.ALL'], 'zohocrm.MODULES.all')).toEqual([]);
  });

  test('are not found by a part of a name', () => {
    expect(missingScopes(['ZohoCRM.modules'], 'ZohoCRM.modules.ALL')).toEqual(['ZohoCRM.modules']);
  });

  test('are none when nothing is declared', () => {
    expect(missingScopes([], 'A.x')).toEqual([]);
  });
});
