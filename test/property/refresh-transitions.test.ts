import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { acquireLease } from '../../lambdas/core/connection/lease.ts';
import { classOf, type FailureCode } from '../../lambdas/core/failures.ts';
import { decideWithCredentials } from '../../lambdas/core/refresh/refresh-decision.ts';
import {
  afterFailure,
  afterSuccess,
  type FailedAttempt,
  withFailure,
} from '../../lambdas/core/refresh/refresh-transitions.ts';
import { askedAgainAtMs } from '../../lambdas/core/refresh/refused-credentials.ts';
import { accessToken, activeConnection, failureOf, HOUR_MS, MINUTE_MS, NOW_MS } from '../support/builders.ts';
import {
  attemptCode,
  connection,
  credentialsVersion,
  DEFINITE_CODES,
  failedAttempt,
  freeConnection,
  randomness,
  refreshRequest,
} from './arbitraries.ts';
import { forAll, runs } from './fuzz-runs.ts';

const takenAtMs = NOW_MS;
/** The failure happens some time after the lease was taken. */
const failedAtMs = NOW_MS + 12_345;
const enabled = freeConnection.filter(({ status }) => status !== 'disabled');

function leaseOf(seen: Connection, laterMs = 0) {
  return acquireLease(seen, { owner: 'attempt', nowMs: takenAtMs + laterMs, leaseMs: 75_000 });
}

function fail(seen: Connection, attempt: FailedAttempt, random = 0.5, laterMs = 0): Connection {
  const rows = { seen, leased: leaseOf(seen, laterMs) };
  return afterFailure(rows, attempt, { nowMs: failedAtMs + laterMs, random: () => random });
}

describe('a failed attempt', () => {
  test('never changes the published token or anything else that consumers see', () =>
    forAll([enabled, failedAttempt, randomness], runs(100), (seen, attempt, random) => {
      const { name, source, token, publishedGeneration, apiDomain, dataCenter, scope } = fail(
        seen,
        attempt,
        random,
      );

      expect({ name, source, token, publishedGeneration, apiDomain, dataCenter, scope }).toEqual({
        name: seen.name,
        source: seen.source,
        token: seen.token,
        publishedGeneration: seen.publishedGeneration,
        apiDomain: seen.apiDomain,
        dataCenter: seen.dataCenter,
        scope: seen.scope,
      });
    }));

  test('always releases the lease', () =>
    forAll([enabled, failedAttempt], runs(100), (seen, attempt) => {
      expect(fail(seen, attempt).lease).toBeUndefined();
    }));

  test('never reduces the generation', () =>
    forAll([enabled, failedAttempt], runs(100), (seen, attempt) => {
      const { generation } = fail(seen, attempt);

      expect(generation).toBeGreaterThan(seen.generation);
      expect(generation).toBeGreaterThanOrEqual(attempt.generationFound ?? 0);
    }));

  test('makes the connection due again within 31 minutes, or within an hour if it has no credentials', () =>
    forAll([enabled, failedAttempt, randomness], runs(300), (seen, attempt, random) => {
      const { nextAttemptAtMs, status } = fail(seen, attempt, random);

      expect(nextAttemptAtMs).toBeGreaterThanOrEqual(failedAtMs);
      expect(nextAttemptAtMs).toBeLessThanOrEqual(failedAtMs + (status === 'pending' ? 60 : 31) * MINUTE_MS);
    }));

  test('never disables a connection', () =>
    forAll([enabled, failedAttempt], runs(100), (seen, attempt) => {
      expect(fail(seen, attempt).status).not.toBe('disabled');
    }));

  test('counts a call to Zoho only if Zoho may have been called', () =>
    forAll([enabled, failedAttempt], runs(100), (seen, attempt) => {
      const { mintsMs } = fail(seen, attempt);

      expect(mintsMs).toEqual(attempt.zohoWasAsked ? leaseOf(seen).mintsMs : seen.mintsMs);
    }));

  test('always counts a version that may have been written', () =>
    forAll([enabled, failedAttempt], runs(100), (seen, attempt) => {
      const { publishesMs } = fail(seen, attempt);

      const written = attempt.versionMayBeWritten ? [failedAtMs] : [];
      const recent = leaseOf(seen).publishesMs.filter((atMs) => atMs > failedAtMs - 24 * HOUR_MS);
      expect(publishesMs).toEqual(expect.arrayContaining([...recent, ...written]));
    }));
});

describe('a connection', () => {
  test('is blocked only by a definite answer', () =>
    forAll([enabled, failedAttempt], runs(300), (seen, attempt) => {
      const { status } = fail(seen, attempt);

      fc.pre(status === 'blocked' && seen.status !== 'blocked');
      expect(DEFINITE_CODES).toContain(attempt.failure.code);
    }));

  test('is blocked by every definite answer, at once or when it is repeated an hour later', () =>
    forAll([enabled, failedAttempt, fc.constantFrom(...DEFINITE_CODES)], runs(100), (seen, attempt, code) => {
      const refusal = { ...attempt, failure: failureOf(code), tokenWasMinted: false };
      const repeated = fail(fail(seen, refusal), refusal, 0.5, HOUR_MS);

      expect(repeated.status).toBe('blocked');
    }));

  const active = enabled.map((row) => ({ ...row, status: 'active' as const, refusedCredentials: [] }));

  test('is blocked at once only if its token is not valid, or Zoho never accepted the credentials', () =>
    forAll([active, failedAttempt], runs(300), (seen, attempt) => {
      const { status } = fail(seen, attempt);
      const wasAccepted = seen.credentialsVersionId === attempt.credentialsVersionId;
      const isValid = seen.token !== undefined && seen.token.expiresAtMs > failedAtMs;
      const isOurs = classOf(attempt.failure.code) === 'configuration';

      fc.pre(status === 'blocked');
      expect(wasAccepted && isValid && !isOurs).toBe(false);
    }));

  const outage = fc.array(
    attemptCode.filter((code) => !DEFINITE_CODES.has(code) && code !== 'no_credentials'),
    { minLength: 1, maxLength: 60 },
  );

  test('is never blocked by an outage, whatever its length and failures are', () =>
    forAll([outage, failedAttempt], runs(100), (codes, attempt) => {
      const survivor = codes.reduce(
        (row, code) => fail(row, { ...attempt, failure: failureOf(code) }),
        activeConnection(),
      );

      expect(['active', 'cooling-down']).toContain(survivor.status);
      expect(survivor.token).toEqual(activeConnection().token);
    }));

  test('that Zoho throttles does not call Zoho for at least ten minutes', () =>
    forAll([enabled, failedAttempt, randomness], runs(100), (seen, attempt, random) => {
      const { status, nextAttemptAtMs } = fail(seen, { ...attempt, failure: failureOf('throttled') }, random);

      fc.pre(status === 'cooling-down');
      expect(nextAttemptAtMs).toBeGreaterThanOrEqual(failedAtMs + 10 * MINUTE_MS);
    }));

  test('that is no longer declared is disabled, whatever its status was', () =>
    forAll([connection], runs(100), (seen) => {
      const next = withFailure(
        seen,
        { failure: failureOf('undeclared'), credentialsVersionId: undefined, isMassRefusal: false },
        { nowMs: NOW_MS, random: () => 0 },
      );

      expect(next.status).toBe('disabled');
    }));
});

describe('a connection that was just blocked', () => {
  const refused = fc.record({
    seen: enabled,
    attempt: failedAttempt,
    code: fc.constantFrom(...DEFINITE_CODES),
  });
  const block = ({ seen, attempt, code }: { seen: Connection; attempt: FailedAttempt; code: FailureCode }) =>
    fail(seen, { ...attempt, failure: failureOf(code) });

  test('does not call Zoho again before its next time with the refused credentials, unless an operator asks', () =>
    forAll([refused, refreshRequest, fc.nat({ max: HOUR_MS })], runs(100), (given, request, laterMs) => {
      const blocked = block(given);
      const version = given.attempt.credentialsVersionId ?? '';
      const refusal = blocked.refusedCredentials.find(({ versionId }) => versionId === version);
      const nowMs = failedAtMs + laterMs;

      const decision = decideWithCredentials(blocked, request, version, nowMs);

      fc.pre(request.kind !== 'operator' && refusal !== undefined && nowMs < askedAgainAtMs(refusal));
      expect(decision.action).toBe('none');
    }));

  test('waits ten minutes after a probe that failed for another reason', () =>
    forAll(
      [
        refused,
        attemptCode.filter((code) => !DEFINITE_CODES.has(code) && code !== 'no_credentials'),
        refreshRequest,
        fc.nat({ max: 10 * MINUTE_MS - 1 }),
      ],
      runs(100),
      (given, code, request, laterMs) => {
        const credentialsVersionId = given.attempt.credentialsVersionId;
        const blocked = block(given);
        const inconclusive = { failure: failureOf(code), zohoWasAsked: true, tokenWasMinted: false };
        const probed = fail(
          blocked,
          { ...given.attempt, ...inconclusive, credentialsVersionId },
          0.5,
          HOUR_MS,
        );
        const nowMs = takenAtMs + HOUR_MS + laterMs;

        const decision = decideWithCredentials(probed, request, credentialsVersionId ?? '', nowMs);

        fc.pre(blocked.status === 'blocked');
        expect(probed.status).toBe('blocked');
        expect(decision).toMatchObject({ action: 'none', outcome: 'blocked' });
      },
    ));

  test('has its credentials checked within five minutes', () =>
    forAll([refused], runs(100), (given) => {
      const { nextAttemptAtMs } = block(given);

      expect(nextAttemptAtMs).toBeGreaterThan(failedAtMs);
      expect(nextAttemptAtMs).toBeLessThanOrEqual(failedAtMs + 5 * MINUTE_MS);
    }));
});

describe('a published token', () => {
  test('leaves the connection active, without a lease or failures, and due when the token says', () =>
    forAll([enabled, credentialsVersion()], runs(100), (seen, credentialsVersionId) => {
      const leased = leaseOf(seen);
      const token = accessToken({ generation: leased.generation });

      const next = afterSuccess(leased, { token, versionId: 'new-version', credentialsVersionId });

      expect(next).toMatchObject({
        status: 'active',
        lease: undefined,
        generation: seen.generation + 1,
        publishedGeneration: seen.generation + 1,
        failures: 0,
        lastFailure: undefined,
        nextAttemptAtMs: token.refreshAfterMs,
        credentialsVersionId,
      });
      expect(next.publishesMs.at(-1)).toBe(token.issuedAtMs);
      expect(next.mintsMs).toEqual(leased.mintsMs);
    }));
});
