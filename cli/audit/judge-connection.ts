import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { isSwitchedOff } from '../../lambdas/core/connection/operator-transitions.ts';
import { PROBE_INTERVAL_MS } from '../../lambdas/core/refresh/schedule.ts';
import type { Credentials } from '../../lambdas/core/secrets/credentials.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { SecretFacts } from '../secrets/connection-secrets.ts';
import { findBroadScopes } from './broad-scopes.ts';
import type { AuditFinding } from './finding.ts';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
const STALE_MS = 365 * DAY_MS;
const UNREAD_MS = 30 * DAY_MS;

/** What is known of a connection. Undefined: it could not be seen, or there is none. */
export interface AuditedConnection {
  readonly row: Connection;
  readonly credentials: Pick<Credentials, 'clientType' | 'authorizedAt' | 'scope'> | undefined;
  readonly tokenSecret: Pick<SecretFacts, 'createdAtMs' | 'lastReadMs'> | undefined;
  /** Scopes that consumers rely on, as declared or tagged; empty when nobody said. */
  readonly declaredScopes: readonly string[];
}

/** Whether it is in use, or is to be again: not one that is switched off for good. */
export function isInUse(connection: Connection): boolean {
  return connection.status !== 'disabled' || isSwitchedOff(connection, 'paused');
}

/** What somebody should decide about, of a connection that is in use. */
export function judgeConnection(audited: AuditedConnection, nowMs: number): readonly AuditFinding[] {
  return [selfClient, staleAuthorization, broadScopes, unread, blocked].flatMap((rule) =>
    rule(audited, nowMs),
  );
}

type Rule = (audited: AuditedConnection, nowMs: number) => readonly AuditFinding[];

const selfClient: Rule = ({ row: { name }, credentials }) =>
  credentials?.clientType === 'self-client'
    ? [
        {
          connection: name,
          rule: 'self-client',
          what: "its client is a self client: it belongs to one person's account and ends with it",
          fix: `Register a server-based client in https://api-console.zoho.com, then: zoho-tokens authorize ${name}`,
        },
      ]
    : [];

const staleAuthorization: Rule = ({ row: { name }, credentials }, nowMs) => {
  const ageMs = nowMs - authorizedAtMs(credentials);
  return ageMs > STALE_MS
    ? [
        {
          connection: name,
          rule: 'stale-authorization',
          what: `it was authorized ${formatDuration(ageMs)} ago: is whoever consented still there?`,
          fix: `zoho-tokens authorize ${name}`,
        },
      ]
    : [];
};

const broadScopes: Rule = ({ row, credentials, declaredScopes }) =>
  findBroadScopes(parseScopes(row.scope ?? credentials?.scope ?? ''), declaredScopes).map(
    ({ scope, narrower }) => ({
      connection: row.name,
      rule: 'broad-scope',
      what: `${scope} was granted: every operation there is. Narrower, for example: ${narrower.join(', ')}`,
      fix: `Declare what consumers need, then: zoho-tokens authorize ${row.name} --scope …`,
    }),
  );

/** Secrets Manager keeps the day of the last read, in this region, whoever read it: the refresher does so now and then. */
const unread: Rule = ({ row: { name, status }, tokenSecret }, nowMs) => {
  const isServed = status === 'active' || status === 'cooling-down';
  const sinceMs = tokenSecret?.lastReadMs ?? tokenSecret?.createdAtMs;
  if (!isServed || sinceMs === undefined || nowMs - sinceMs <= UNREAD_MS) return [];
  const day = new Date(sinceMs).toISOString().slice(0, 10);
  const since = tokenSecret?.lastReadMs === undefined ? `since it was created on ${day}` : `since ${day}`;
  return [
    {
      connection: name,
      rule: 'unread',
      what: `nobody has read its token ${since}, in this region`,
      fix: `If nobody needs it: zoho-tokens revoke ${name}. CloudTrail, which was not asked, knows who reads secrets.`,
    },
  ];
};

const blocked: Rule = ({ row, credentials }, nowMs) => {
  const sinceMs = blockedSinceMs(row, authorizedAtMs(credentials));
  return sinceMs !== undefined && nowMs - sinceMs > DAY_MS
    ? [
        {
          connection: row.name,
          rule: 'blocked',
          what: `it has been blocked for about ${formatDuration(nowMs - sinceMs)}: ${row.lastFailure?.message ?? 'nobody said why.'}`,
          fix: `zoho-tokens doctor ${row.name}`,
        },
      ]
    : [];
};

/**
 * Since when a connection has been blocked, for all that its row says; no earlier than it was. The time of its last failure
 * moves with every question to Zoho, but those come an hour apart and are counted. An operator may have asked more often: but
 * while it had tokens it was not blocked, and the last one was issued an hour before it expired.
 */
function blockedSinceMs(
  { status, token, lastFailure, failures }: Connection,
  authorizedMs: number,
): number | undefined {
  if (status !== 'blocked' || lastFailure === undefined) return undefined;
  const firstFailureMs = lastFailure.atMs - Math.max(0, failures - 1) * PROBE_INTERVAL_MS;
  const wellUntilMs = token === undefined ? authorizedMs : token.expiresAtMs - HOUR_MS;
  return Number.isNaN(wellUntilMs) ? firstFailureMs : Math.max(firstFailureMs, wellUntilMs);
}

/** NaN when it is not recorded: it is older than nothing. */
function authorizedAtMs(credentials: AuditedConnection['credentials']): number {
  return Date.parse(credentials?.authorizedAt ?? '');
}
