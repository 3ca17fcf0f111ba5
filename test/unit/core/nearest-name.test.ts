import { describe, expect, test } from 'vitest';
import { nearestName } from '../../../lambdas/core/nearest-name.ts';

const NAMES = ['books-in', 'crm-prod', 'crm-test', 'desk-us'];

describe('the name that was probably meant', () => {
  test.each([
    ['crm-prod', 'crm-prod', 'itself'],
    ['CRM-Prod', 'crm-prod', 'the same in another case'],
    ['crm-prd', 'crm-prod', 'a letter forgotten'],
    ['crm-prood', 'crm-prod', 'a letter too many'],
    ['crm-orod', 'crm-prod', 'a letter for another'],
    ['crm-tets', 'crm-test', 'two letters exchanged'],
    ['bo', 'books-in', 'its beginning'],
    ['desk-us-prod', 'desk-us', 'more than it'],
    ['crm-pest', 'crm-test', 'the closer of two'],
  ])('of %s is %s: %s', (given, expected) => {
    expect(nearestName(given, NAMES)).toBe(expected);
  });

  test.each(['b', 'payroll', 'x', ''])('of %j is none', (given) => {
    expect(nearestName(given, NAMES)).toBeUndefined();
  });

  test('is the closest, wherever it stands', () => {
    expect(nearestName('abcdefghi', ['abcdefgxy', 'abcdefghx'])).toBe('abcdefghx');
    expect(nearestName('abcdefghi', ['abcdefghx', 'abcdefgxy'])).toBe('abcdefghx');
  });

  test('counts letters too many at its beginning', () => {
    expect(nearestName('xyabcdef', ['abcdef'])).toBe('abcdef');
    expect(nearestName('xyzabcdef', ['abcdef'])).toBeUndefined();
  });

  test('is none where there are no names', () => {
    expect(nearestName('crm-prod', [])).toBeUndefined();
  });

  test('has at most a third of its letters wrong', () => {
    expect(nearestName('abcxyz', ['abcdef'])).toBeUndefined();
    expect(nearestName('abcdxy', ['abcdef'])).toBe('abcdef');
  });

  test('is the same name in another case before a closer one, and a close one before a beginning', () => {
    expect(nearestName('AB', ['ab', 'AB-longer'])).toBe('ab');
    expect(nearestName('crm', ['crm-prod', 'crx'])).toBe('crx');
  });
});
