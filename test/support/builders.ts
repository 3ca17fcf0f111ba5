import type { SecretFacts } from '../../cli/secrets/connection-secrets.ts';
import {
  type Connection,
  NO_COMPLAINTS,
  registerConnection,
} from '../../lambdas/core/connection/connection.ts';
import type { Failure, FailureCode } from '../../lambdas/core/failures.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import type { RefreshRequest } from '../../lambdas/core/refresh/refresh-decision.ts';
import type { FailedAttempt } from '../../lambdas/core/refresh/refresh-transitions.ts';
import { type AccessToken, serializeAccessToken } from '../../lambdas/core/secrets/access-token.ts';

/** The moment at which tests happen, unless they say otherwise. */
export const NOW_MS = Date.UTC(2026, 0, 5, 9);
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;

/** Invented values in the shape of Zoho's. None of them may be found in a message. */
export const CLIENT_ID = '1000.AAAABBBBCCCCDDDDEEEEFFFF00001111';
export const CLIENT_SECRET = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b';
export const REFRESH_TOKEN = '1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210';
export const ACCESS_TOKEN = '1000.99887766554433221100ffeeddccbbaa.aabbccddeeff00112233445566778899';

/** A row whose token was published half an hour ago and is not due for 24 minutes. */
export function activeConnection(overrides: Partial<Connection> = {}): Connection {
  const issuedAtMs = NOW_MS - 30 * MINUTE_MS;
  return {
    name: 'crm-prod',
    status: 'active',
    source: 'declared',
    generation: 7,
    publishedGeneration: 7,
    lease: undefined,
    nextAttemptAtMs: NOW_MS + 24 * MINUTE_MS,
    token: { versionId: 'version-of-7', issuedAtMs, expiresAtMs: issuedAtMs + HOUR_MS },
    apiDomain: 'https://www.zohoapis.eu',
    ignoredApiDomain: undefined,
    dataCenter: 'eu',
    scope: 'ZohoCRM.modules.ALL',
    mintsMs: [issuedAtMs],
    publishesMs: [issuedAtMs],
    complaints: NO_COMPLAINTS,
    failures: 0,
    lastFailure: undefined,
    blockedAtMs: undefined,
    credentialsVersionId: 'credentials-1',
    refusedCredentials: [],
    endedCredentials: undefined,
    follows: undefined,
    incidents: [],
    notifyAtMs: undefined,
    severity: undefined,
    ...overrides,
  };
}

/** A row whose time has come. */
export function dueConnection(overrides: Partial<Connection> = {}): Connection {
  return activeConnection({ nextAttemptAtMs: NOW_MS, ...overrides });
}

/** A row that was registered just now and never authorized. */
export function pendingConnection(overrides: Partial<Connection> = {}): Connection {
  return { ...registerConnection('crm-prod', 'declared', NOW_MS), ...overrides };
}

/** A row that Zoho refused ten minutes ago, due for a look at its credentials. */
export function blockedConnection(overrides: Partial<Connection> = {}): Connection {
  const refusedAtMs = NOW_MS - 10 * MINUTE_MS;
  return activeConnection({
    status: 'blocked',
    generation: 8,
    nextAttemptAtMs: NOW_MS,
    mintsMs: [refusedAtMs],
    failures: 1,
    lastFailure: { ...failureOf('invalid_code'), atMs: refusedAtMs },
    ...overrides,
  });
}

/** A row that Zoho throttled a minute ago. */
export function coolingDownConnection(overrides: Partial<Connection> = {}): Connection {
  const throttledAtMs = NOW_MS - MINUTE_MS;
  return activeConnection({
    status: 'cooling-down',
    generation: 8,
    nextAttemptAtMs: throttledAtMs + 10 * MINUTE_MS,
    mintsMs: [throttledAtMs],
    failures: 1,
    lastFailure: { ...failureOf('throttled'), atMs: throttledAtMs },
    ...overrides,
  });
}

export const scheduled: RefreshRequest = { kind: 'scheduled' };

/** What a consumer asks after a 401. */
export function rejected(rejectedGeneration?: number): RefreshRequest {
  return { kind: 'consumer', rejectedGeneration };
}

/** What an operator asks. */
export const byOperator: RefreshRequest = {
  kind: 'operator',
  rejectedGeneration: undefined,
};

export function failureOf(code: FailureCode): Failure {
  return { code, message: `what ${code} means` };
}

/** An attempt that asked Zoho with the row's own credentials, wrote nothing, and failed. */
export function failedAttempt(code: FailureCode, overrides: Partial<FailedAttempt> = {}): FailedAttempt {
  return {
    failure: failureOf(code),
    zohoWasAsked: true,
    tokenWasMinted: false,
    versionMayBeWritten: false,
    credentialsVersionId: 'credentials-1',
    isMassRefusal: false,
    generationFound: undefined,
    ...overrides,
  };
}

export function accessToken(overrides: Partial<AccessToken> = {}): AccessToken {
  return {
    accessToken: new Redacted(ACCESS_TOKEN),
    apiDomain: 'https://www.zohoapis.eu',
    dataCenter: 'eu',
    scope: 'ZohoCRM.modules.ALL',
    connection: 'crm-prod',
    generation: 8,
    issuedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + HOUR_MS,
    refreshAfterMs: NOW_MS + 54 * MINUTE_MS,
    ...overrides,
  };
}

/** The text of a token secret. */
export function accessTokenSecret(overrides: Partial<AccessToken> = {}): string {
  return serializeAccessToken(accessToken(overrides));
}

/** The text of a credentials secret. An override of `undefined` leaves the key out. */
export function credentialsSecret(overrides: Record<string, unknown> = {}): Redacted {
  return new Redacted(
    JSON.stringify({
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      refresh_token: REFRESH_TOKEN,
      data_center: 'eu',
      client_type: 'server-based',
      scope: 'ZohoCRM.modules.ALL',
      authorized_at: '2026-01-05T08:00:00.000Z',
      ...overrides,
    }),
  );
}

/** Zoho's answer to a refresh. An override of `undefined` leaves the key out. */
export function tokenBody(overrides: Record<string, unknown> = {}): string {
  return JSON.stringify({
    access_token: ACCESS_TOKEN,
    scope: 'ZohoCRM.modules.ALL',
    api_domain: 'https://www.zohoapis.eu',
    token_type: 'Bearer',
    expires_in: 3600,
    ...overrides,
  });
}

/** Metadata of a secret that the CLI created for the deployment `zoho`. */
export function secretFacts(overrides: Partial<SecretFacts> = {}): SecretFacts {
  return {
    arn: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:zoho/crm-prod/credentials-AbCdEf',
    tags: { application: 'zoho-token-refresher', 'zoho-token-refresher:deployment': 'zoho' },
    createdAtMs: NOW_MS,
    changedAtMs: NOW_MS,
    deletedAtMs: undefined,
    lastReadMs: undefined,
    keyId: KEY_ARN,
    replicaRegions: [],
    currentVersionId: undefined,
    pendingVersionId: undefined,
    ...overrides,
  };
}

export const KEY_ARN = 'arn:aws:kms:eu-west-1:000000000000:key/12345678-90ab-cdef-1234-567890abcdef';
