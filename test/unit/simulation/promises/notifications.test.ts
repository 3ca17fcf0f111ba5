import { beforeEach, describe, expect, it } from 'vitest';
import type { Item } from '../../../simulation/expressions.ts';
import { Notifications } from '../../../simulation/promises/notifications.ts';
import { MINUTE_MS } from '../../../support/builders.ts';
import {
  activeItem,
  CONNECTION,
  newViolations,
  useFakeWorld,
  violate,
  violations,
  world,
  write,
} from './fake-world.ts';

useFakeWorld();

let check: Notifications;
beforeEach(() => {
  check = new Notifications(world, violate);
});

const incident = (state: string) => ({
  L: [{ M: { problem: { S: 'blocked' }, since: { N: '1' }, state: { S: state } } }],
});
const ACTIVE = activeItem();
const blocked = (state: string): Item => ({
  ...activeItem({ status: 'blocked' }),
  incidents: incident(state),
});
const active = (state: string): Item => ({ ...ACTIVE, incidents: incident(state) });

const written = (before: Item, after: Item) => check.onRowWritten(write(before, after));
const later = (minutes: number) => {
  world.nowMs += minutes * MINUTE_MS;
};

function publish({ isOver = false, level = 'page', name = CONNECTION, isAccepted = true } = {}): void {
  const alarm = {
    AlarmName: `Zoho zoho/${CONNECTION} blocked`,
    NewStateValue: isOver ? 'OK' : 'ALARM',
  };
  const notification = {
    TopicArn: `arn:aws:sns:eu-west-1:000000000000:${level}`,
    Subject: `${isOver ? 'OK' : 'ALARM'}: Zoho ${name} is blocked`,
    Message: JSON.stringify({ https: JSON.stringify(alarm) }),
  };
  check.onNotificationSent(notification);
  if (isAccepted) check.onNotified(notification);
}

describe('notified at least once (I10)', () => {
  it('is kept when the beginning and the end are published after they were written', () => {
    written(ACTIVE, blocked('begun'));
    publish();
    written(blocked('begun'), blocked('notified'));
    written(blocked('notified'), active('ended'));
    publish({ isOver: true });
    written(active('ended'), ACTIVE);
    later(10);
    check.onCheck();

    expect(violations).toEqual([]);
  });

  it.each<[string, () => void, string]>([
    ['before it is written', publish, 'was not written'],
    ['to the topic of tickets', () => publish({ level: 'ticket' }), 'and not to page'],
    ['without its name', () => publish({ name: 'other' }), 'does not name its connection'],
  ])('is broken when it is published %s', (_, happen, expected) => {
    if (expected !== 'was not written') written(ACTIVE, blocked('begun'));
    happen();

    expect(newViolations().join()).toContain(expected);
  });

  it('is broken when a connection that no one is notified about is published', () => {
    world.change({ severity: 'none' });
    written(ACTIVE, blocked('begun'));
    publish();

    expect(newViolations().join()).toContain('and not to no one');
  });

  it('is broken when it is not published in time, unless SNS fails', () => {
    written(ACTIVE, blocked('begun'));
    later(6);
    world.calmSince = world.nowMs;
    check.onCheck();
    expect(newViolations()).toEqual([]);

    later(6);
    check.onCheck();
    expect(newViolations().join()).toContain('is not published after 6.0 calm minutes');
  });

  it('is broken when it is recorded as published and SNS did not accept it', () => {
    written(ACTIVE, blocked('begun'));
    publish({ isAccepted: false });
    written(blocked('begun'), blocked('notified'));

    expect(newViolations().join()).toContain('is recorded as published, and was not');
  });

  it('is kept when it is recorded for a muted connection, about which no one is notified', () => {
    world.change({ severity: 'none' });
    written(ACTIVE, blocked('begun'));
    written(blocked('begun'), blocked('notified'));

    expect(newViolations()).toEqual([]);
  });

  it('is broken when the end of what was published is dropped', () => {
    written(blocked('notified'), ACTIVE);

    expect(newViolations().join()).toContain('is dropped');
  });

  it('is broken when a connection is blocked and the row does not say that on-call has to know', () => {
    written(ACTIVE, activeItem({ status: 'blocked' }));

    expect(newViolations().join()).toContain('without what on-call has to know');
  });

  it('is broken when the end is to be published of a connection that is paused', () => {
    written(blocked('notified'), { ...activeItem({ status: 'disabled' }), incidents: incident('ended') });

    expect(newViolations().join()).toContain('which is disabled');
  });

  it('is broken when it is published again, unless that could not be recorded', () => {
    written(ACTIVE, blocked('begun'));
    publish();
    written(blocked('begun'), blocked('begun'));
    later(3);
    publish();
    expect(newViolations()).toEqual([]);

    written(blocked('begun'), blocked('notified'));
    later(3);
    publish();
    expect(newViolations().join()).toContain('is published again, 3.0 minutes later');
  });
});

it('is not judged by a row that was restored', () => {
  check.onRowWritten({
    key: CONNECTION,
    before: blocked('notified'),
    after: blocked('begun'),
    task: undefined,
  });
  written(blocked('begun'), blocked('notified'));

  expect(violations).toEqual([]);
});
