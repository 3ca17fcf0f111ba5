import { describe, expect, test } from 'vitest';
import { composeAlarmList } from '../../infra/alarms/alarm-list.ts';

const FIXED = { alarms: ['page', 'RefresherSilent'], conditions: ['RefresherStarted'] };

const longNames = (count: number) => Array.from({ length: count }, (_, index) => `${index}`.padEnd(64, 'c'));

describe('the list of alarms in the address', () => {
  test('names them all', () => {
    const list = { ...FIXED, connections: ['crm-prod', 'desk-test'] };

    expect(JSON.parse(composeAlarmList(list, 4096))).toEqual(list);
  });

  test('counts the connections that do not fit into a parameter', () => {
    const connections = longNames(100);

    const text = composeAlarmList({ ...FIXED, connections }, 4096);
    const found = JSON.parse(text);

    expect(text.length).toBeLessThanOrEqual(4096);
    expect(found.connections.length).toBeGreaterThanOrEqual(50);
    expect(found).toEqual({
      ...FIXED,
      connections: connections.slice(0, found.connections.length),
      omitted: 100 - found.connections.length,
    });
  });
});
