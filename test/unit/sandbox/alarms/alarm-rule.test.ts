import { describe, expect, it } from 'vitest';
import { parseAlarmRule } from '../../../../sandbox/alarms/alarm-rule.ts';
import type { AlarmState } from '../../../../sandbox/aws/alarm-store.ts';

const STATES: Readonly<Record<string, AlarmState>> = {
  burning: 'ALARM',
  fine: 'OK',
  unknown: 'INSUFFICIENT_DATA',
};

describe('a rule', () => {
  it.each([
    ['ALARM(burning)', true],
    ['ALARM(fine)', false],
    ['ALARM("burning")', true],
    ['OK("fine")', true],
    ['OK("unknown")', false],
    ['INSUFFICIENT_DATA("unknown")', true],
    ['ALARM("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:burning")', true],
    ['TRUE', true],
    ['FALSE', false],
    ['ALARM(burning) AND OK(fine)', true],
    ['ALARM(burning) AND ALARM(fine)', false],
    ['ALARM(burning) AND NOT ALARM(fine)', true],
    ['NOT NOT ALARM(burning)', true],
    ['NOT (ALARM(burning) OR ALARM(fine))', false],
    ['NOT ALARM(fine) AND FALSE', false],
    ['ALARM(fine) OR ALARM(unknown) OR ALARM(burning)', true],
    ['(ALARM(burning) OR FALSE) AND OK(fine)', true],
    ['ALARM(burning) OR (FALSE AND FALSE)', true],
    ['(((TRUE)))', true],
    ['(ALARM("burning") OR \n ALARM("fine")) AND \n OK("fine")', true],
  ])('%s is %s', (text, expected) => {
    expect(parseAlarmRule(text).holds(stateOf)).toBe(expected);
  });

  it('tells by name which alarms it refers to', () => {
    const rule = parseAlarmRule('ALARM("arn:aws:cloudwatch:eu-west-1:1:alarm:a b") OR OK(c) OR ALARM(c)');

    expect([...rule.alarms]).toEqual(['a b', 'c']);
  });
});

describe('what is refused', () => {
  it.each([
    ['AT_LEAST(2, ALARM, (a, b))', '"AT_LEAST" is not supported there'],
    ['ALARM(a) AND ALARM(b) OR ALARM(c)', 'AND and OR are mixed without parentheses'],
    ['ALARM(a) OR ALARM(b) AND ALARM(c)', 'AND and OR are mixed without parentheses'],
    ['ALARM(a) ALARM(b)', '"ALARM" is not supported there'],
    ['ALARM()', 'it names no alarm'],
    ['ALARM(a', 'it has its end where ")" should be'],
    ['ALARM a', 'it has "a" where "(" should be'],
    ['ALARM("a)', 'it has "a" where ")" should be'],
    ['a', '"a" is not supported there'],
    ['true', '"true" is not supported there'],
    ['', 'it ends too early'],
    ['ALARM(a) AND', 'it ends too early'],
    ['NOT', 'it ends too early'],
  ])('%s', (text, why) => {
    expect(() => parseAlarmRule(text)).toThrow(why);
  });
});

function stateOf(alarm: string): AlarmState {
  const state = STATES[alarm];
  if (state === undefined) throw new Error(`the test has no alarm ${alarm}`);
  return state;
}
