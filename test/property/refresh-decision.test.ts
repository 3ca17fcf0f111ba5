import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLeased } from '../../lambdas/core/connection/lease.ts';
import { checkBudget } from '../../lambdas/core/connection/mint-budget.ts';
import { decide, decideWithCredentials, nextLookAtMs } from '../../lambdas/core/refresh/refresh-decision.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../support/builders.ts';
import { connection, credentialsVersion, refreshRequest } from './arbitraries.ts';
import { forAll, runs } from './fuzz-runs.ts';

describe('a decision', () => {
  test('to mint is never made while another holder has the lease, outside the budget, or for a disabled connection', () =>
    forAll([connection, refreshRequest, credentialsVersion()], runs(300), (row, request, version) => {
      const first = decide(row, request, NOW_MS);
      const decision =
        first.action === 'check-credentials' ? decideWithCredentials(row, request, version, NOW_MS) : first;

      fc.pre(decision.action === 'mint');
      expect(isLeased(row, NOW_MS)).toBe(false);
      expect(checkBudget(row, request.kind, NOW_MS)).toEqual({ allowed: true });
      expect(row.status).not.toBe('disabled');
    }));

  test('to mint is never made for the schedule before it is due', () =>
    forAll([connection], runs(100), (row) => {
      const early = { ...row, lease: undefined, nextAttemptAtMs: NOW_MS + 1 };

      expect(decide(early, { kind: 'scheduled' }, NOW_MS).action).toBe('none');
    }));

  test('to mint is never made while Zoho throttles, for any request', () =>
    forAll(
      [connection, refreshRequest, fc.integer({ min: 1, max: 31 * MINUTE_MS })],
      runs(100),
      (row, request, leftMs) => {
        const throttled = { ...row, status: 'cooling-down' as const, nextAttemptAtMs: NOW_MS + leftMs };

        expect(decide(throttled, request, NOW_MS).action).toBe('none');
      },
    ));

  test('to mint is made for the schedule when nothing prevents it', () =>
    forAll(
      [connection, fc.constantFrom('active' as const, 'cooling-down' as const)],
      runs(100),
      (row, status) => {
        const inOrder = {
          ...row,
          status,
          lease: undefined,
          nextAttemptAtMs: NOW_MS,
          refusedCredentials: [],
        };
        fc.pre(checkBudget(row, 'scheduled', NOW_MS).allowed);

        expect(decide(inOrder, { kind: 'scheduled' }, NOW_MS)).toMatchObject({ action: 'mint' });
      },
    ));

  test('to do nothing says when to ask again, which is not in the past', () =>
    forAll([connection, refreshRequest], runs(100), (row, request) => {
      const decision = decide(row, request, NOW_MS);

      const retryAtMs = decision.action === 'none' ? (decision.retryAtMs ?? NOW_MS) : NOW_MS;
      expect(retryAtMs).toBeGreaterThanOrEqual(NOW_MS);
    }));

  test('that the token is fresh enough is made only if a newer valid token is published', () =>
    forAll([connection, fc.nat({ max: 20 })], runs(100), (row, rejectedGeneration) => {
      const decision = decide(row, { kind: 'consumer', rejectedGeneration }, NOW_MS);

      fc.pre(decision.action === 'none' && decision.outcome === 'already-fresh');
      expect(row.publishedGeneration).toBeGreaterThan(rejectedGeneration);
      expect(row.token?.expiresAtMs).toBeGreaterThan(NOW_MS);
    }));
});

describe('a blocked connection', () => {
  const blocked = connection.map((row) => ({
    ...row,
    status: 'blocked' as const,
    lease: undefined,
    credentialsVersionId: 'credentials-1',
  }));

  test('that was refused for an hour does not call Zoho with the same credentials within the next, unless an operator asks', () =>
    forAll([blocked, refreshRequest, fc.nat({ max: HOUR_MS - 1 })], runs(100), (row, request, agoMs) => {
      const atMs = NOW_MS - agoMs;
      const refusal = { versionId: 'credentials-1', firstAtMs: atMs - HOUR_MS, atMs };
      const asked = { ...row, mintsMs: [atMs], refusedCredentials: [refusal] };

      fc.pre(request.kind !== 'operator');
      expect(decideWithCredentials(asked, request, 'credentials-1', NOW_MS)).toMatchObject({
        action: 'none',
        outcome: 'blocked',
      });
    }));

  test('calls Zoho with new credentials, within the budget', () =>
    forAll([blocked, refreshRequest], runs(100), (row, request) => {
      const decision = decideWithCredentials(row, request, 'credentials-2', NOW_MS);

      expect(decision.action === 'mint').toBe(checkBudget(row, request.kind, NOW_MS).allowed);
    }));

  test('is checked again within five minutes', () =>
    forAll([blocked], runs(100), (row) => {
      const lookAtMs = nextLookAtMs(row, NOW_MS);

      expect(lookAtMs).toBeGreaterThan(NOW_MS);
      expect(lookAtMs).toBeLessThanOrEqual(NOW_MS + 5 * MINUTE_MS);
    }));
});
