import { describe, expect, test } from 'vitest';
import { MINT_BUDGET } from '../../../lambdas/core/connection/mint-budget.ts';
import { createClientLimits } from '../../../lambdas/refresher/client-limits.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../../support/builders.ts';

const QUIET_MS = 10.25 * MINUTE_MS;
const { windowMs: WINDOW_MS } = MINT_BUDGET;
/** When the environment has watched for longer than a window. */
const LATER_MS = 20 * MINUTE_MS;

const callOf = (connection: string, calls = 1) => ({
  connection,
  callsMs: Array.from({ length: calls }, () => NOW_MS),
  nowMs: NOW_MS,
});

/** A client with one connection that was renewed long ago, and so many in the last minute. */
function limitsAfter(mints: number) {
  const limits = createClientLimits();
  limits.minted('acme', 0);
  for (let mint = 0; mint < mints; mint += 1) limits.minted('acme', LATER_MS - MINUTE_MS);
  const throttle = (connection: string, calls = 1, atMs = LATER_MS) =>
    limits.throttled('acme', callOf(connection, calls), atMs);
  return { limits, throttle };
}

const THREE = ['a', 'b', 'c'];
const AGAIN_MS = LATER_MS + 30 * MINUTE_MS;

/** Throttled, and throttled again half an hour later, when so many had got their tokens. */
function confirmedAfter(mints: number) {
  const { limits, throttle } = limitsAfter(0);
  for (const connection of THREE) throttle(connection);
  for (let mint = 0; mint < mints; mint += 1) limits.minted('acme', AGAIN_MS - MINUTE_MS);
  for (const connection of THREE) throttle(connection, 1, AGAIN_MS);
  return { limits, throttle };
}

describe('a client', () => {
  test('is quiet for ten minutes once three of its connections in a row are throttled', () => {
    const { limits, throttle } = limitsAfter(12);
    for (const connection of ['a', 'b', 'b']) throttle(connection);
    expect(limits.limitOf('acme', LATER_MS)).toBeUndefined();

    throttle('c');

    expect(limits.limitOf('acme', LATER_MS)).toMatchObject({
      startsLeft: 0,
      quietMs: QUIET_MS,
      isConfirmed: false,
    });
    expect(limits.limitOf('another', LATER_MS)).toBeUndefined();
    expect(limits.limitOf('acme', LATER_MS + QUIET_MS)).toBeUndefined();
  });

  test('is quiet for longer if someone asks meanwhile', () => {
    const { limits, throttle } = limitsAfter(12);
    for (const connection of THREE) throttle(connection);

    throttle('d', 1, LATER_MS + MINUTE_MS);

    const quiet = { quietMs: QUIET_MS, isConfirmed: false };
    expect(limits.limitOf('acme', LATER_MS + MINUTE_MS)).toMatchObject(quiet);
    expect(limits.limitOf('acme', LATER_MS + QUIET_MS)).toMatchObject({ quietMs: MINUTE_MS });
  });

  test('is not while another connection gets its token in between', () => {
    const { limits, throttle } = limitsAfter(12);
    throttle('a');
    throttle('b');
    limits.minted('acme', LATER_MS);
    throttle('c');
    throttle('d');

    expect(limits.limitOf('acme', LATER_MS)).toBeUndefined();
  });

  test('is not because of connections that have called too often themselves', () => {
    const { limits, throttle } = limitsAfter(12);
    for (const connection of ['a', 'b', 'c', 'd']) throttle(connection, 5);
    expect(limits.limitOf('acme', LATER_MS)).toBeUndefined();

    for (const connection of THREE) throttle(connection, 4);
    expect(limits.limitOf('acme', LATER_MS)).toBeDefined();
  });

  test('has the limit that succeeded for six hours, if it is throttled again within two', () => {
    const { limits } = confirmedAfter(9);

    expect(limits.limitOf('acme', AGAIN_MS)).toEqual({
      startsLeft: 0,
      quietMs: QUIET_MS,
      spacingMs: WINDOW_MS / 9,
      isConfirmed: true,
    });
    const freeMs = AGAIN_MS - MINUTE_MS + WINDOW_MS + 1;
    expect(limits.limitOf('acme', freeMs)).toMatchObject({ startsLeft: 9, quietMs: 0 });
    limits.minted('acme', freeMs);
    expect(limits.limitOf('acme', freeMs)).toMatchObject({ startsLeft: 8 });
    expect(limits.limitOf('acme', AGAIN_MS + 6 * HOUR_MS - 1)).toBeDefined();
    expect(limits.limitOf('acme', AGAIN_MS + 6 * HOUR_MS)).toBeUndefined();
  });

  test('has none if nothing succeeded in between: Zoho still throttles everyone', () => {
    const { limits } = confirmedAfter(0);

    expect(limits.limitOf('acme', AGAIN_MS)).toMatchObject({ isConfirmed: false });
  });

  test('has a higher limit after each window without a throttle, and a lower one after one throttle', () => {
    const { limits, throttle } = confirmedAfter(8);
    const grownMs = AGAIN_MS + QUIET_MS + WINDOW_MS;
    expect(limits.limitOf('acme', grownMs - 1)).toMatchObject({ spacingMs: WINDOW_MS / 8 });
    expect(limits.limitOf('acme', grownMs)).toMatchObject({ spacingMs: WINDOW_MS / 10 });
    expect(limits.limitOf('acme', grownMs + 1)).toMatchObject({ spacingMs: WINDOW_MS / 10 });
    for (let mint = 0; mint < 7; mint += 1) limits.minted('acme', grownMs);

    throttle('d', 1, grownMs);

    expect(limits.limitOf('acme', grownMs)).toMatchObject({ quietMs: QUIET_MS, spacingMs: WINDOW_MS / 7 });
  });
});

describe('a new environment', () => {
  test('learns nothing in its first ten minutes with a client, because it does not know what succeeds', () => {
    const limits = createClientLimits();
    const throttleAll = (atMs: number) => {
      for (const connection of ['a', 'b', 'c']) limits.throttled('acme', callOf(connection), atMs);
    };
    throttleAll(0);
    throttleAll(10 * MINUTE_MS - 1);
    expect(limits.limitOf('acme', 10 * MINUTE_MS - 1)).toBeUndefined();

    throttleAll(10 * MINUTE_MS);

    expect(limits.limitOf('acme', 10 * MINUTE_MS)).toMatchObject({ quietMs: QUIET_MS });
  });

  test('that finds a connection that waits starts one after the other', () => {
    const limits = createClientLimits();

    limits.adopt('acme', 0);
    limits.adopt('acme', MINUTE_MS);

    expect(limits.limitOf('acme', 0)).toMatchObject({ startsLeft: 0, quietMs: 0, spacingMs: WINDOW_MS / 10 });
    expect(limits.limitOf('acme', 3 * MINUTE_MS)).toMatchObject({ startsLeft: 2 });
    expect(limits.limitOf('acme', WINDOW_MS)).toBeUndefined();
    limits.adopt('acme', 2 * HOUR_MS - 1);
    expect(limits.limitOf('acme', 2 * HOUR_MS - 1)).toBeUndefined();
    limits.adopt('acme', 2 * HOUR_MS);
    expect(limits.limitOf('acme', 2 * HOUR_MS)).toMatchObject({ startsLeft: 10 });
  });

  test('remembers the clients that were asked about last', () => {
    const limits = createClientLimits();
    limits.adopt('first', 0);
    for (let client = 0; client < 5_000; client += 1) limits.minted(`client-${client}`, 0);

    expect(limits.limitOf('first', 0)).toBeUndefined();
  });
});
