import { describe, expect, test } from 'vitest';
import { nearestName } from '../../../lambdas/core/nearest-name.ts';

const NAMES = ['books-in', 'crm-prod', 'crm-test', 'desk-us'];

describe('the nearest name', () => {
  test.each([
    ['crm-prod', 'crm-prod', 'the name itself'],
    ['CRM-Prod', 'crm-prod', 'the name in another case'],
    ['crm-prd', 'crm-prod', 'a missing letter'],
    ['crm-prood', 'crm-prod', 'an additional letter'],
    ['crm-orod', 'crm-prod', 'a wrong letter'],
    ['crm-tets', 'crm-test', 'two letters swapped'],
    ['bo', 'books-in', 'a prefix'],
    ['desk-us-prod', 'desk-us', 'a longer name'],
    ['crm-pest', 'crm-test', 'the closer of two'],
  ])('of %s is %s: %s', (given, expected) => {
    expect(nearestName(given, NAMES)).toBe(expected);
  });

  test.each(['b', 'payroll', 'x', ''])('of %j is undefined', (given) => {
    expect(nearestName(given, NAMES)).toBeUndefined();
  });

  test('is the closest, in any order of the candidates', () => {
    expect(nearestName('abcdefghi', ['abcdefgxy', 'abcdefghx'])).toBe('abcdefghx');
    expect(nearestName('abcdefghi', ['abcdefghx', 'abcdefgxy'])).toBe('abcdefghx');
  });

  test('counts additional letters at its start', () => {
    expect(nearestName('xyabcdef', ['abcdef'])).toBe('abcdef');
    expect(nearestName('xyzabcdef', ['abcdef'])).toBeUndefined();
  });

  test('is undefined without candidates', () => {
    expect(nearestName('crm-prod', [])).toBeUndefined();
  });

  test('differs in at most a third of its letters', () => {
    expect(nearestName('abcxyz', ['abcdef'])).toBeUndefined();
    expect(nearestName('abcdxy', ['abcdef'])).toBe('abcdef');
  });

  test('prefers the same name in another case, and a close name to a prefix', () => {
    expect(nearestName('AB', ['ab', 'AB-longer'])).toBe('ab');
    expect(nearestName('crm', ['crm-prod', 'crx'])).toBe('crx');
  });
});
