import { beforeEach, describe, expect, it } from 'vitest';
import { Announcements } from '../../../simulation/promises/announcements.ts';
import { activeItem, CONNECTION, write } from './fake-world.ts';

const ACTIVE = activeItem();
const BLOCKED = activeItem({ status: 'blocked' });
const PUBLISHED = activeItem({ generation: 8, publishedGeneration: 8 });

let violations: string[];
let invariant: Announcements;
beforeEach(() => {
  violations = [];
  invariant = new Announcements((message) => violations.push(message));
});

const announce = (state: string) => invariant.onAnnounced(JSON.stringify({ connection: CONNECTION, state }));

describe('announced as it happened (I10)', () => {
  it.each([
    ['blocked', ACTIVE, BLOCKED],
    ['recovered', BLOCKED, ACTIVE],
    ['refreshed', ACTIVE, PUBLISHED],
  ])('is kept when "%s" is announced after it was written, or never is', (state, before, after) => {
    invariant.onRowWritten(write(before, after));
    announce(state);
    invariant.onRowWritten(write(before, after));

    expect(violations).toEqual([]);
  });

  it.each([
    ['blocked', BLOCKED, BLOCKED],
    ['recovered', ACTIVE, ACTIVE],
    ['refreshed', PUBLISHED, PUBLISHED],
  ])('is broken when "%s" is announced and nothing has changed', (state, before, after) => {
    invariant.onRowWritten(write(before, after));
    announce(state);

    expect(violations).toHaveLength(1);
  });

  it('is broken when one change is announced twice', () => {
    invariant.onRowWritten(write(ACTIVE, BLOCKED));
    announce('blocked');
    announce('blocked');

    expect(violations).toHaveLength(1);
  });

  it('is broken when what somebody else wrote is announced', () => {
    invariant.onRowWritten({ ...write(ACTIVE, BLOCKED), task: undefined });
    announce('blocked');

    expect(violations).toHaveLength(1);
  });
});
