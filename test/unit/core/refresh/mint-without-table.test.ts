import { describe, expect, it } from 'vitest';
import { NOTHING_PUBLISHED } from '../../../../lambdas/core/connection/lost-row.ts';
import {
  GENERATION_STEP,
  judgeMintWithoutTable,
  MIN_DISTANCE_MS,
} from '../../../../lambdas/core/refresh/mint-without-table.ts';
import { accessToken, NOW_MS } from '../../../support/builders.ts';

const published = (issuedAtMs: number, expiresAtMs: number) => ({
  versionId: 'v',
  generation: 7,
  token: accessToken({ generation: 7, issuedAtMs, expiresAtMs }),
});

describe('a mint without the table', () => {
  it('has a generation above all leases that two months of failing attempts can take', () => {
    const attemptsInTwoMonths = 60 * 24 * 60;

    expect(GENERATION_STEP).toBeGreaterThan(attemptsInTwoMonths);
    expect(judgeMintWithoutTable(NOTHING_PUBLISHED, NOW_MS)).toEqual({
      allowed: true,
      generation: GENERATION_STEP,
    });
  });

  it.each([
    [MIN_DISTANCE_MS - 1, false],
    [MIN_DISTANCE_MS, true],
  ])('of a valid token that is %d ms old is allowed: %s', (ageMs, allowed) => {
    const verdict = judgeMintWithoutTable(published(NOW_MS - ageMs, NOW_MS + 1), NOW_MS);

    expect(verdict).toEqual(
      allowed
        ? { allowed, generation: 7 + GENERATION_STEP }
        : { allowed, retryAtMs: NOW_MS - ageMs + MIN_DISTANCE_MS },
    );
  });

  it('replaces an expired token, however new', () => {
    expect(judgeMintWithoutTable(published(NOW_MS - 1_000, NOW_MS), NOW_MS)).toMatchObject({ allowed: true });
  });
});
