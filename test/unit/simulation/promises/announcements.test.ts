import { beforeEach, describe, expect, it } from 'vitest';
import { Announcements } from '../../../simulation/promises/announcements.ts';
import { activeItem, CONNECTION, write } from './fake-world.ts';

const ACTIVE = activeItem();
const BLOCKED = activeItem({ status: 'blocked' });
const PUBLISHED = activeItem({ generation: 8, publishedGeneration: 8 });

let violations: string[];
let check: Announcements;
beforeEach(() => {
  violations = [];
  check = new Announcements((message) => violations.push(message));
});

const announce = (state: string) => check.onAnnounced(JSON.stringify({ connection: CONNECTION, state }));

describe('announced as it happened (I10)', () => {
  it.each([
    ['blocked', ACTIVE, BLOCKED],
    ['recovered', BLOCKED, ACTIVE],
    ['refreshed', ACTIVE, PUBLISHED],
  ])('is kept when "%s" is announced after it was written, or not at all', (state, before, after) => {
    check.onRowWritten(write(before, after));
    announce(state);
    check.onRowWritten(write(before, after));

    expect(violations).toEqual([]);
  });

  it.each([
    ['blocked', BLOCKED, BLOCKED],
    ['recovered', ACTIVE, ACTIVE],
    ['refreshed', PUBLISHED, PUBLISHED],
  ])('is broken when "%s" is announced without a change', (state, before, after) => {
    check.onRowWritten(write(before, after));
    announce(state);

    expect(violations).toHaveLength(1);
  });

  it('is broken when one change is announced twice', () => {
    check.onRowWritten(write(ACTIVE, BLOCKED));
    announce('blocked');
    announce('blocked');

    expect(violations).toHaveLength(1);
  });

  it('is broken when a change of a restored backup is announced', () => {
    check.onRowWritten({ ...write(ACTIVE, BLOCKED), task: undefined });
    announce('blocked');

    expect(violations).toHaveLength(1);
  });
});
