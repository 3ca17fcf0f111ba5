import { beforeEach, describe, expect, it } from 'vitest';
import { AllowedHosts } from '../../../simulation/promises/allowed-hosts.ts';
import { BoundedCalls } from '../../../simulation/promises/bounded-calls.ts';
import type { RefreshRequest } from '../../../simulation/promises/consumer-facts.ts';
import { ServingAgain } from '../../../simulation/promises/serving-again.ts';
import { SharedBudget } from '../../../simulation/promises/shared-budget.ts';
import { UnexpiredToken } from '../../../simulation/promises/unexpired-token.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } from '../../../support/builders.ts';
import { AWAKE_MS, apiRequest, consumerCall, consumerProcess, TOKEN } from './fake-consumer.ts';
import {
  activeItem,
  COMPLAINT,
  CONNECTION,
  call,
  FORCED,
  leaseTaken,
  newViolations,
  SCHEDULED,
  useFakeWorld,
  violate,
  violations,
  world,
  write,
} from './fake-world.ts';

const API = 'https://www.zohoapis.eu/crm/v8/Leads';

useFakeWorld();

describe('no expired token (C1)', () => {
  let check: UnexpiredToken;
  beforeEach(() => {
    check = new UnexpiredToken(world, violate);
    world.publish({ generation: 7 });
    check.onTokenSecretChanged(CONNECTION);
  });

  it.each([
    [HOUR_MS + 11 * SECOND_MS, []],
    [HOUR_MS + MINUTE_MS, ['K0.0 sends a token that expired 1.0 minutes ago']],
  ])('is judged when the request leaves, %i ms after the token was published', (ms, expected) => {
    world.pass(ms);

    check.onApiRequest(apiRequest(API));

    expect(violations).toEqual(expected);
  });

  it('is judged by the true end of a token, whatever its published expiry says', () => {
    world.ends.set('token-7', NOW_MS + 10 * MINUTE_MS);
    world.pass(11 * MINUTE_MS);

    check.onApiRequest(apiRequest(API));

    expect(violations).toEqual(['K0.0 sends a token that expired 1.0 minutes ago']);
  });

  const ask = (caller: string, rejectedGeneration: number): void =>
    check.onRefreshRequested({
      caller,
      event: { action: 'refresh', connection: CONNECTION, rejectedGeneration },
    });
  const NEEDLESS = `K0.0 requests a refresh of ${CONNECTION}, whose token is valid and was not rejected`;

  it('is broken by a request to replace a valid token that no API rejected', () => {
    ask('K0.0', 7);

    expect(violations).toEqual([NEEDLESS]);
  });

  it('is kept by a request for a token that an API rejected, that has expired, or that is not published any more', () => {
    ask('K0.0', 6);
    check.onApiAnswered(apiRequest(API), { status: 401 });
    ask('K0.0', 7);
    world.pass(HOUR_MS);
    ask('K1.0', 7);

    expect(violations).toEqual([]);
  });

  it.each([
    ['is broken by a token that replaces a valid one for a wrong clock', 0, 'refreshed', NOW_MS, 1],
    ['is kept if the token expires meanwhile', HOUR_MS, 'refreshed', NOW_MS, 0],
    ['is kept if the caller hears that it is valid', 0, 'already-fresh', NOW_MS, 0],
    ['is kept if the times of the token are impossible', 0, 'refreshed', NOW_MS + HOUR_MS, 0],
  ])('%s', (_, ms, outcome, tokenIssuedAt, count) => {
    world.rows.set(CONNECTION, activeItem({ tokenIssuedAt }));
    const event = { action: 'refresh', connection: CONNECTION, rejectedGeneration: 7, reason: 'expired' };
    const request = { caller: 'anyone', event };

    check.onRefreshRequested(request);
    world.pass(ms);
    check.onRefreshAnswered(request, { outcome });

    expect(violations).toHaveLength(count);
  });

  it('is about consumers, not about someone who invokes the refresher with any event', () => {
    ask('hostile', 7);

    expect(violations).toEqual([]);
  });
});

describe('every call ends in time (C2)', () => {
  it('is broken by a call that has not ended, and by one that ended late', () => {
    const check = new BoundedCalls(violate);
    const late = consumerCall({ startedAwakeMs: AWAKE_MS - 63 * SECOND_MS });

    check.onConsumerCalled(late);
    check.onCheck();
    check.onConsumerReturned(late, TOKEN);

    const message = 'K0.0 token 1 takes 63.0 s, and may take 60.0 s';
    expect(violations).toEqual([message, message]);
  });

  it('is not checked once the process is dead, and does not count the time in which it was frozen', () => {
    const check = new BoundedCalls(violate);

    check.onConsumerCalled(consumerCall({ startedAwakeMs: 0, process: consumerProcess({ isDead: true }) }));
    check.onConsumerCalled(
      consumerCall({ startedAtMs: NOW_MS - HOUR_MS, startedAwakeMs: AWAKE_MS - MINUTE_MS }),
    );
    check.onCheck();

    expect(violations).toEqual([]);
  });
});

describe('a shared budget (C3)', () => {
  let check: SharedBudget;
  let complaints: number;
  beforeEach(() => {
    check = new SharedBudget(world, violate);
    complaints = 0;
    world.calmSince = NOW_MS - HOUR_MS;
  });

  /** A consumer's complaint leads to a call of Zoho. */
  function replace(before = activeItem(), task: typeof COMPLAINT | typeof FORCED = COMPLAINT): void {
    complaints += 1;
    const process = `P${complaints}`;
    const leased = { ...before, leaseOwner: { S: `${process}-0` } };
    check.onRowWritten(write(before, leased, task));
    check.onCallReceived(call({ name: `${process} call 1 token`, task }), CONNECTION);
  }
  const renewed = (before: ReturnType<typeof activeItem>) => leaseTaken(before, SCHEDULED);
  const ask = (changes: Partial<RefreshRequest> = {}, answer: unknown = { outcome: 'budget-exhausted' }) => {
    const request = {
      caller: 'K0.0',
      door: 'consumers',
      event: { action: 'refresh', connection: CONNECTION, rejectedGeneration: 7 },
      ...changes,
    } as const;
    check.onRefreshRequested(request);
    check.onRefreshAnswered(request, answer);
  };

  it('is broken by the ninth extra mint in a day', () => {
    for (let count = 0; count < 8; count += 1) replace();
    expect(violations).toEqual([]);

    replace();

    expect(violations).toEqual([`P9 call 1 token is extra mint 9 for ${CONNECTION} in 24 hours`]);
  });

  const SOON = `the token of ${CONNECTION} is replaced for a complaint so soon after the one before`;
  /** A row with a token of this age. */
  const aged = (ageMs: number, more: Parameters<typeof activeItem>[0] = {}) =>
    activeItem({ tokenIssuedAt: NOW_MS - ageMs, challenged: 7, ...more });

  it.each([
    [1, 4 * SECOND_MS, []],
    [1, 2 * SECOND_MS, [SOON]],
    [3, 49 * SECOND_MS, []],
    [3, 47 * SECOND_MS, [SOON]],
    [6, 30 * MINUTE_MS, []],
    [6, 29 * MINUTE_MS, [SOON]],
  ])('after %i in a row is judged by the age of the token: %i ms', (inARow, ageMs, expected) => {
    for (let count = 0; count < inARow; count += 1) replace(aged(40 * MINUTE_MS));

    replace(aged(ageMs));

    expect(violations).toEqual(expected);
  });

  it('is broken by an eighth one in a row', () => {
    for (let count = 0; count < 7; count += 1) replace(aged(40 * MINUTE_MS));
    expect(violations).toEqual([]);

    replace(aged(50 * MINUTE_MS));

    expect(violations).toEqual([SOON]);
  });

  it('counts on after a renewal of a token that consumers complained about, and anew after another', () => {
    for (let count = 0; count < 3; count += 1) replace(aged(40 * MINUTE_MS));
    check.onRowWritten(renewed(aged(HOUR_MS)));
    replace(aged(30 * SECOND_MS));
    expect(violations).toEqual([SOON]);

    check.onRowWritten(renewed(activeItem({ challenged: 6 })));
    replace(aged(30 * SECOND_MS));

    expect(violations).toEqual([SOON]);
  });

  it('counts no mint of an operator, and none for a token that is due, expired or blocked', () => {
    for (let count = 0; count < 9; count += 1) {
      replace(activeItem(), FORCED);
      replace(activeItem({ nextAttemptAt: NOW_MS }));
      replace(activeItem({ tokenExpiresAt: NOW_MS }));
      replace(activeItem({ status: 'blocked' }));
    }

    expect(violations).toEqual([]);
  });

  it('is broken by a refusal of the first complaint, but not of the second about a token of a moment ago', () => {
    world.rows.set(CONNECTION, activeItem({ tokenIssuedAt: NOW_MS }));
    ask();
    expect(violations).toEqual([`K0.0 gets no new token for ${CONNECTION} although the allowance lasts`]);

    replace();
    ask();

    expect(violations).toHaveLength(1);
  });

  it('is broken by an answer that says to wait beyond the next scheduled refresh', () => {
    world.rows.set(CONNECTION, activeItem({ tokenIssuedAt: NOW_MS, nextAttemptAt: NOW_MS + HOUR_MS }));
    replace();
    ask({}, { outcome: 'budget-exhausted', retry_after_seconds: 3_600 });
    expect(violations).toEqual([]);

    ask({}, { outcome: 'budget-exhausted', retry_after_seconds: 3_700 });

    expect(violations).toEqual([`K0.0 is told to wait 3700 s for ${CONNECTION}, which is refreshed earlier`]);
  });

  it('is broken when an operator is refused, unless the operators or the schedule have called as well', () => {
    world.rows.set(CONNECTION, activeItem());
    const operator = { caller: 'operator', door: 'operators' } as const;
    ask(operator);
    expect(violations).toEqual([
      `an operator is refused because consumers have used up the budget of ${CONNECTION}`,
    ]);

    for (let count = 0; count < 2; count += 1) check.onRowWritten(leaseTaken(activeItem(), SCHEDULED));
    ask(operator);

    expect(violations).toHaveLength(1);
  });

  it('is kept when an operator is refused because the schedule has written versions all day', () => {
    const publishes = Array.from({ length: 60 }, () => NOW_MS - HOUR_MS);
    world.rows.set(CONNECTION, activeItem({ publishes }));
    const operator = { caller: 'operator', door: 'operators' } as const;
    world.nowMs = NOW_MS - HOUR_MS;
    for (let count = 0; count < 2; count += 1) check.onRowWritten(leaseTaken(activeItem(), SCHEDULED));
    world.nowMs = NOW_MS;
    ask(operator);
    expect(newViolations()).toHaveLength(1);

    check.onRowWritten(leaseTaken(activeItem(), SCHEDULED));
    ask(operator);

    expect(violations).toEqual([]);
  });

  it('is broken when a token that died stays published', () => {
    world.publish({ generation: 7 });
    world.rows.set(CONNECTION, activeItem({ tokenIssuedAt: NOW_MS - 10 * MINUTE_MS }));
    check.onApiAnswered(apiRequest(API), { status: 200, isDead: false });
    check.onApiAnswered(apiRequest(API), { status: 401, isDead: true });
    world.pass(2 * MINUTE_MS);
    check.onCheck();
    expect(violations).toEqual([]);

    world.pass(MINUTE_MS);
    check.onCheck();

    expect(violations).toEqual([
      `the token of ${CONNECTION} died and was not replaced, although the allowance lasts`,
    ]);
  });

  it('leave a token that ended as published to the schedule, which may space short ones', () => {
    world.calmSince = NOW_MS - HOUR_MS;
    world.publish({ generation: 7 });
    const tokenExpiresAt = NOW_MS + SECOND_MS;
    world.rows.set(CONNECTION, activeItem({ tokenIssuedAt: NOW_MS - 10 * MINUTE_MS, tokenExpiresAt }));
    check.onApiAnswered(apiRequest(API), { status: 200, isDead: false });
    check.onApiAnswered(apiRequest(API), { status: 401, isDead: true });
    world.pass(3 * MINUTE_MS);

    check.onCheck();

    expect(violations).toEqual([]);
  });

  it('is kept when a call reports the token that no reported call of its kind has succeeded with', () => {
    world.publish({ generation: 7 });
    world.rows.set(CONNECTION, activeItem({ tokenIssuedAt: NOW_MS - 10 * MINUTE_MS }));
    check.onApiAnswered(apiRequest(API), { status: 200, isDead: false });
    check.onApiAnswered(apiRequest(API, 'token-7', true), { status: 401, isDead: true });
    world.pass(3 * MINUTE_MS);

    check.onCheck();

    expect(violations).toEqual([]);
  });
});

describe('serving again (C4)', () => {
  const FAILURE = { kind: 'error', error: 'no token' } as const;
  let check: ServingAgain;
  beforeEach(() => {
    check = new ServingAgain(world, violate);
  });
  const BROKEN = ['K0.0 token 1 fails although AWS has recovered: no token'];
  it.each([
    ['31 s after the last fault', { disturbedUntilMs: NOW_MS - 31 * SECOND_MS }, HOUR_MS, BROKEN],
    ['29 s after it', { disturbedUntilMs: NOW_MS - 29 * SECOND_MS }, HOUR_MS, []],
    ['with a token that is about to expire', {}, 5 * MINUTE_MS, []],
  ])('is judged by a call %s', (_, process, lifeMs, expected) => {
    world.nowMs = NOW_MS - 5 * MINUTE_MS;
    world.publish({ generation: 7, lifeMs });
    check.onTokenSecretChanged(CONNECTION);
    world.nowMs = NOW_MS;

    check.onConsumerReturned(consumerCall({ process: consumerProcess(process) }), FAILURE);

    expect(violations).toEqual(expected);
  });

  it.each([
    ['broken by a call of an API for which no request leaves the process', () => {}, FAILURE, BROKEN],
    ['kept by an API that does not answer', () => check.onApiRequest(apiRequest(API)), FAILURE, []],
    [
      'kept by a call with a URL that must not get a token',
      () => {},
      { kind: 'error', error: { code: 'forbidden_host' } } as const,
      [],
    ],
  ])('is %s', (_, send, failure, expected) => {
    world.nowMs = NOW_MS - 5 * MINUTE_MS;
    world.publish({ generation: 7 });
    check.onTokenSecretChanged(CONNECTION);
    check.onApiRequest(apiRequest(API));
    world.nowMs = NOW_MS;
    send();

    check.onConsumerReturned(consumerCall({ kind: 'fetch' }), failure);

    expect(violations).toEqual(expected);
  });
});

describe('a token goes only to Zoho (C5)', () => {
  it.each([
    ['https://www.zohoapis.eu/crm', true],
    ['https://desk.zoho.eu/api', true],
    ['http://www.zohoapis.eu/crm', false],
    ['https://www.zohoapis.eu:8443/crm', false],
    ['https://www.zohoapis.com/crm', false],
    ['https://evil.example/', false],
  ])('%s: %s', (url, isAllowed) => {
    const check = new AllowedHosts(world, violate);

    check.onApiRequest(apiRequest(url));

    expect(violations).toHaveLength(isAllowed ? 0 : 1);
  });

  it('is not about requests without a token', () => {
    new AllowedHosts(world, violate).onApiRequest({
      ...apiRequest(API),
      url: new URL('https://evil.example'),
      token: undefined,
    });

    expect(violations).toEqual([]);
  });
});
