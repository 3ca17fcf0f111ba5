import { beforeEach, describe, expect, it } from 'vitest';
import { AllowedHosts } from '../../../simulation/promises/allowed-hosts.ts';
import { Blocking } from '../../../simulation/promises/blocking.ts';
import { BoundedAnswers } from '../../../simulation/promises/bounded-answers.ts';
import { NeverLost } from '../../../simulation/promises/never-lost.ts';
import { RotatedTokens } from '../../../simulation/promises/rotation.ts';
import { Spread } from '../../../simulation/promises/spread.ts';
import { StoredSuccessors } from '../../../simulation/promises/stored-successors.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../../support/builders.ts';
import {
  activeItem,
  CONNECTION,
  call,
  FORCED,
  newViolations,
  OTHER,
  SCHEDULED,
  useFakeWorld,
  violate,
  violations,
  world,
  write,
} from './fake-world.ts';

useFakeWorld();

describe('rotated refresh tokens (I11)', () => {
  let check: RotatedTokens;
  beforeEach(() => {
    check = new RotatedTokens(world, violate);
    world.credentials = { versionId: 'stored', text: `{"refresh_token":"${call().refreshToken}"}` };
  });

  const store = (from = 'stored') => {
    world.credentials = {
      versionId: 'rotated',
      text: `{"refresh_token":"1000.new","rotated_from":"${from}"}`,
    };
    check.onCredentialsRotated(CONNECTION);
  };
  const publish = () => {
    check.onRotated(call(), CONNECTION, '1000.new');
    world.publish({ generation: 2 });
    check.onTokenSecretChanged(CONNECTION, 'scheduled');
  };

  it('have to be stored before the access token is published', () => {
    publish();

    expect(violations).toEqual([
      `a token of ${CONNECTION} is published, and the refresh token of the same answer is not stored`,
    ]);
  });

  it.each<[string, () => void]>([
    ['they were stored', store],
    ['the deployment does not accept them', () => (world.acceptsRotation = false)],
    ['a fault hits the world', () => (world.calmSince = NOW_MS)],
    ['an operator stores others', () => world.change({ changedAtMs: NOW_MS })],
  ])('are kept, or excused, when %s', (_, happen) => {
    happen();
    publish();

    expect(violations).toEqual([]);
  });

  it('never replace credentials that an operator has stored', () => {
    world.change({ storedVersionId: "an operator's" });

    store();

    expect(violations).toEqual([
      `credentials of ${CONNECTION} that an operator has stored are replaced by rotated ones`,
    ]);
  });
});

describe('a token that is too long (I8)', () => {
  it.each([
    ['not minted again within ten minutes', SCHEDULED, 1],
    ['minted again for an operator', FORCED, 0],
  ])('is %s', (_, task, count) => {
    const check = new Blocking(world, (promise, message) => violations.push(`${promise} ${message}`));
    check.onCallAnswered(call(), CONNECTION, 'unusable-token');
    world.pass(5 * MINUTE_MS);

    check.onCallReceived(call({ task }), CONNECTION);

    expect(violations).toHaveLength(count);
  });
});

describe('the published api_domain (C5)', () => {
  it.each([
    ['www.zohoapis.eu', 0],
    ['crm.zohoapis.eu', 0],
    ['www.zohoapis.com', 1],
  ])('%s breaks the promise %i times', (host, count) => {
    const check = new AllowedHosts(world, violate);
    world.publish({ generation: 1, text: `{"api_domain":"https://${host}"}` });

    check.onTokenSecretChanged(CONNECTION, 'scheduled');

    expect(violations).toHaveLength(count);
  });
});

describe('an answer while DynamoDB hangs (C2)', () => {
  const request = { event: {}, door: 'consumers', caller: 'K0' } as const;
  const failed = { outcome: 'failed', retry_after_seconds: 10 };
  it.each([
    ['comes in time', failed, 4_000, 0],
    ['comes too late', failed, 6_000, 1],
    ['does not say when to ask again', { outcome: 'failed' }, 100, 1],
    ['refuses a wrong request', { outcome: 'invalid-request' }, 100, 0],
  ])('%s', (_, answer, tookMs, count) => {
    const check = new BoundedAnswers(world, violate);
    world.isHanging = true;
    check.onRefreshRequested(request);

    check.onRefreshAnswered(request, answer, tookMs);

    expect(violations).toHaveLength(count);
  });
});

describe('an impossible time in a row (I5)', () => {
  it('has to be corrected within minutes', () => {
    const check = new NeverLost(world, violate);
    world.rows.set(CONNECTION, activeItem({ nextAttemptAt: NOW_MS + 24 * HOUR_MS }));
    check.onCheck();
    world.pass(8 * MINUTE_MS);
    check.onCheck();
    expect(newViolations()).toEqual([]);

    world.pass(MINUTE_MS);
    check.onCheck();

    expect(violations).toHaveLength(1);
  });
});

describe('renewals of several connections (I9)', () => {
  it.each([
    ['the same minute three times in a row', 3, 0, 1],
    ['the same minute twice', 2, 0, 0],
    ['different minutes', 4, MINUTE_MS, 0],
  ])('at %s', (_, times, apartMs, count) => {
    const check = new Spread(world, violate);
    const renew = (key: string, generation: number) => {
      const times = { tokenIssuedAt: world.nowMs, tokenExpiresAt: world.nowMs + HOUR_MS };
      const [before, after] = [generation, generation + 1].map((publishedGeneration) =>
        activeItem({ publishedGeneration, ...times }),
      );
      if (after !== undefined) check.onRowWritten({ ...write(before, after), key });
    };
    for (let time = 0; time < times; time += 1) {
      renew(CONNECTION, time);
      world.pass(apartMs);
      renew(OTHER, time);
      for (let minute = 0; minute < 50; minute += 1) {
        world.pass(MINUTE_MS);
        check.onCheck();
      }
    }

    expect(violations).toHaveLength(count);
  });
});

describe('a stored successor of a refresh token (I11)', () => {
  let check: StoredSuccessors;
  beforeEach(() => {
    check = new StoredSuccessors(world, violate);
    world.credentials = { versionId: 'stored', text: `{"refresh_token":"${call().refreshToken}"}` };
    world.rotated = { versionId: 'rotated', text: '{"refresh_token":"1000.new","rotated_from":"stored"}' };
    world.accepted.add('1000.new');
  });
  const refuse = () => {
    check.onCallAnswered(call(), CONNECTION, 'definite-refusal');
    world.pass(20_000);
    check.onCheck();
  };

  it('has to be used when Zoho refuses its predecessor', () => {
    refuse();

    expect(violations).toEqual([
      `Zoho refuses the refresh token of ${CONNECTION}, and the stored one that replaces it is not used`,
    ]);
  });

  it.each<[string, () => void]>([
    ['the deployment does not accept rotated ones', () => (world.acceptsRotation = false)],
    ['it replaces other credentials', () => (world.credentials = { ...use(), versionId: 'others' })],
    ['Zoho accepts it no more', () => world.accepted.clear()],
    ['Zoho is wrong about its predecessor', () => world.accepted.add(call().refreshToken)],
    ['a fault hits the world', () => (world.calmSince = NOW_MS)],
    ['an operator stores others', () => world.change({ changedAtMs: NOW_MS })],
  ])('need not be used, or is excused, if %s', (_, happen) => {
    happen();
    refuse();

    expect(violations).toEqual([]);
  });

  it('is used in time', () => {
    check.onCallAnswered(call(), CONNECTION, 'definite-refusal');
    world.credentials = world.rotated;
    world.pass(20_000);
    check.onCheck();

    expect(violations).toEqual([]);
  });

  const use = () => world.credentials ?? { versionId: '', text: '' };
});
