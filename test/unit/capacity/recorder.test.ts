import { describe, expect, test } from 'vitest';
import { Recorder } from '../../capacity/recorder.ts';

const MINUTE_MS = 60_000;
const NOTHING = { calls: {}, itemReadUnits: 0, queryReadUnits: 0, writeUnits: 0, logBytes: 0 };

describe('the record of a fleet', () => {
  test('judges how much time a replaced token had left, apart for connections with a failure of their own', () => {
    const recorder = new Recorder(0, Float64Array.of(10 * MINUTE_MS, 10 * MINUTE_MS, 10 * MINUTE_MS));
    recorder.published({ index: 0, atMs: 4 * MINUTE_MS, expiresAtMs: 64 * MINUTE_MS });
    recorder.failed(1);
    recorder.published({ index: 1, atMs: 8 * MINUTE_MS, expiresAtMs: 68 * MINUTE_MS });
    recorder.published({ index: 2, atMs: 11 * MINUTE_MS, expiresAtMs: 71 * MINUTE_MS });

    expect(recorder.judged()).toEqual({
      leastLeftMs: -MINUTE_MS,
      leastLeftAfterOwnFailureMs: 2 * MINUTE_MS,
      late: 1,
      expired: 1,
    });
  });

  test('leaves out what is not counted, and what was before', () => {
    const recorder = new Recorder(0, Float64Array.of(MINUTE_MS, MINUTE_MS));
    recorder.countOnly((index) => index === 0);
    recorder.published({ index: 0, atMs: 2 * MINUTE_MS, expiresAtMs: 62 * MINUTE_MS });
    recorder.judgeFromNow();
    recorder.published({ index: 1, atMs: 2 * MINUTE_MS, expiresAtMs: 62 * MINUTE_MS });

    expect(recorder.judged()).toMatchObject({ late: 0, expired: 0, leastLeftMs: Number.POSITIVE_INFINITY });
  });

  test('counts minutes, and connections without a valid token', () => {
    const recorder = new Recorder(0, Float64Array.of(MINUTE_MS, 3 * MINUTE_MS, 0));
    recorder.started(MINUTE_MS + 1);
    recorder.started(MINUTE_MS + 2);

    expect(recorder.summary(3, NOTHING, []).starts).toEqual([0, 2, 0]);
    expect(recorder.countExpired(2 * MINUTE_MS)).toBe(1);
  });
});
