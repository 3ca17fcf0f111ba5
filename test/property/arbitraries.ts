import fc from 'fast-check';
import { CONNECTION_STATUSES, type Connection } from '../../lambdas/core/connection/connection.ts';
import { MINT_BUDGET, PUBLISH_BUDGET } from '../../lambdas/core/connection/mint-budget.ts';
import { FAILURE_CLASSES, type FailureCode, policyOf } from '../../lambdas/core/failures.ts';
import type { RefreshRequest } from '../../lambdas/core/refresh/refresh-decision.ts';
import type { FailedAttempt } from '../../lambdas/core/refresh/refresh-transitions.ts';
import { activeConnection, failureOf, HOUR_MS, MINUTE_MS, NOW_MS } from '../support/builders.ts';

/** Independent copy: the domains of each data center, to which its credentials and tokens may be sent. */
export const ZOHO_DOMAINS = {
  us: ['zoho.com', 'zohoapis.com'],
  eu: ['zoho.eu', 'zohoapis.eu'],
  in: ['zoho.in', 'zohoapis.in'],
  au: ['zoho.com.au', 'zohoapis.com.au'],
  jp: ['zoho.jp', 'zohoapis.jp'],
  ca: ['zohocloud.ca', 'zohoapis.ca'],
  sa: ['zoho.sa', 'zohoapis.sa'],
  uk: ['zoho.uk', 'zohoapis.uk'],
  cn: ['zoho.com.cn', 'zohoapis.com.cn'],
  ae: ['zoho.ae', 'zohoapis.ae'],
  sg: ['zoho.sg', 'zohoapis.sg'],
} as const;

export type Location = keyof typeof ZOHO_DOMAINS;
export const LOCATIONS = Object.keys(ZOHO_DOMAINS) as Location[];
export const zohoDomain = fc.constantFrom(...Object.values(ZOHO_DOMAINS).flat());

/** True for a host in one of these domains. Compares labels from the right, without the code's own comparison. */
export function isHostIn(domains: readonly string[], host: string): boolean {
  const labels = host.split('.');
  return domains.some((domain) => labels.slice(-domain.split('.').length).join('.') === domain);
}

/** Valid names of connections and prefixes of secrets. */
export const connectionName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);
export const secretPrefix = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/);

/** Codes that require an operator to act. Independent copy of the failure policy. */
export const DEFINITE_CODES: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'invalid_code',
  'invalid_grant',
  'invalid_token',
  'invalid_client',
  'invalid_client_secret',
  'malformed_credentials',
  'unknown_data_center',
  'unknown_client',
  'malformed_client',
  'client_without_data_center',
]);

/** Every code with which an attempt under a lease can fail. The codes that disable a connection are not among them. */
export const attemptCode = fc.constantFrom(
  ...(Object.keys(FAILURE_CLASSES) as FailureCode[]).filter((code) => policyOf(code).effect !== 'disabled'),
);

/** Uniform in [0, 1), including the limits. */
export const randomness = fc.oneof(
  fc.constantFrom(0, 1 - 2 ** -53),
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
);

export const refreshRequest: fc.Arbitrary<RefreshRequest> = fc.oneof(
  fc.constant({ kind: 'scheduled' } as const),
  fc.record({
    kind: fc.constantFrom('consumer' as const, 'operator' as const),
    rejectedGeneration: fc.option(fc.nat({ max: 20 }), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('consumer' as const),
    claim: fc.constant('expired' as const),
    rejectedGeneration: fc.option(fc.nat({ max: 20 }), { nil: undefined }),
  }),
);

/** A row of the table at `NOW_MS`, with or without a lease. */
export const connection: fc.Arbitrary<Connection> = fc
  .record({
    status: fc.constantFrom(...CONNECTION_STATUSES),
    generation: fc.integer({ min: 1, max: 20 }),
    lease: fc.option(fc.record({ owner: fc.constant('another'), untilMs: around(NOW_MS, 75_000) }), {
      nil: undefined,
    }),
    nextAttemptAtMs: around(NOW_MS, 60 * MINUTE_MS),
    tokenAgeMs: fc.option(fc.nat({ max: 2 * HOUR_MS }), { nil: undefined }),
    mintsMs: timesBefore(MINT_BUDGET.windowMs + MINUTE_MS, 12),
    publishesMs: timesBefore(PUBLISH_BUDGET.windowMs + MINUTE_MS, 95),
    complaints: fc.record({
      mintsMs: timesBefore(PUBLISH_BUDGET.windowMs + MINUTE_MS, 8),
      challengedGeneration: fc.option(fc.nat({ max: 20 }), { nil: undefined }),
      inARow: fc.nat({ max: 7 }),
    }),
    failures: fc.nat({ max: 50 }),
    lastFailure: fc.option(fc.record({ code: attemptCode, agoMs: fc.nat({ max: 2 * HOUR_MS }) }), {
      nil: undefined,
    }),
    credentialsVersionId: fc.option(credentialsVersion(), { nil: undefined }),
    refusedCredentials: fc.array(
      fc.record({
        versionId: fc.constantFrom('credentials-0', 'credentials-1'),
        firstAtMs: around(NOW_MS - 2 * HOUR_MS, HOUR_MS),
        atMs: around(NOW_MS - HOUR_MS, HOUR_MS),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ tokenAgeMs, lastFailure, ...row }) =>
    activeConnection({
      ...row,
      publishedGeneration: row.generation - 1,
      token:
        tokenAgeMs === undefined
          ? undefined
          : {
              versionId: 'version',
              issuedAtMs: NOW_MS - tokenAgeMs,
              expiresAtMs: NOW_MS - tokenAgeMs + HOUR_MS,
            },
      lastFailure: lastFailure && { ...failureOf(lastFailure.code), atMs: NOW_MS - lastFailure.agoMs },
    }),
  );

/** The same, without a lease that is still held. */
export const freeConnection = connection.filter(
  ({ lease }) => lease === undefined || lease.untilMs <= NOW_MS,
);

export const failedAttempt: fc.Arbitrary<FailedAttempt> = fc.record({
  failure: attemptCode.map(failureOf),
  zohoWasAsked: fc.boolean(),
  tokenWasMinted: fc.boolean(),
  versionMayBeWritten: fc.boolean(),
  credentialsVersionId: credentialsVersion(),
  isMassRefusal: fc.boolean(),
  generationFound: fc.option(fc.nat({ max: 100 }), { nil: undefined }),
});

export function credentialsVersion(): fc.Arbitrary<string> {
  return fc.constantFrom('credentials-1', 'credentials-2');
}

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''));

/** In the format of Zoho's tokens and client secrets, with at least one digit. */
export const secret = fc.oneof(
  fc.tuple(hex(32), hex(32)).map(([first, second]) => `1000.${first}.${second}`),
  hex(40).map((digits) => `7${digits}9`),
);

/** True when the text contains eight consecutive characters of the secret. */
export function leaks(text: string, secretText: string): boolean {
  const runs = Array.from({ length: secretText.length - 7 }, (_, at) => secretText.slice(at, at + 8));
  return runs.some((run) => text.includes(run));
}

function around(timeMs: number, spreadMs: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constantFrom(timeMs - 1, timeMs, timeMs + 1),
    fc.integer({ min: timeMs - spreadMs, max: timeMs + spreadMs }),
  );
}

function timesBefore(agoMs: number, maxLength: number): fc.Arbitrary<number[]> {
  return fc
    .array(fc.nat({ max: agoMs }), { maxLength, size: 'max' })
    .map((agos) => agos.map((ago) => NOW_MS - ago).sort((a, b) => a - b));
}
