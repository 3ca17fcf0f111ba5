import { type Connection, hadCredentials } from '../../lambdas/core/connection/connection.ts';
import { isDisabledByOperator } from '../../lambdas/core/connection/operator-transitions.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { PROBE_INTERVAL_MS } from '../../lambdas/core/refresh/renewal-times.ts';
import type { Credentials } from '../../lambdas/core/secrets/credentials.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { NAME_OF_STORE } from '../reports/place.ts';
import type { SecretFacts, SecretKind } from '../secrets/connection-secrets.ts';
import { restoreOrAuthorize } from '../stores/restore-or-authorize.ts';
import { linkDocuments } from '../terminal/link-documents.ts';
import { findBroadScopes } from './broad-scopes.ts';
import type { AuditFinding } from './finding.ts';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
const STALE_MS = 365 * DAY_MS;
const UNREAD_MS = 30 * DAY_MS;

/** What an audit knows about a connection. Undefined: it could not be read, or does not exist. */
export interface AuditedConnection {
  readonly row: Connection;
  readonly credentials: Pick<Credentials, 'clientType' | 'authorizedAt' | 'scope'> | undefined;
  readonly tokenSecret: Pick<SecretFacts, 'createdAtMs' | 'lastReadMs'> | undefined;
  /** Secrets that do not exist, or are scheduled for deletion. */
  readonly missingSecrets: readonly SecretKind[];
  /** What a move has left in the store that it is not in. */
  readonly leftovers: readonly string[];
  /** Scopes that consumers rely on, from the declaration or the tags; empty when not specified. */
  readonly declaredScopes: readonly string[];
}

/** Whether it is in use or only paused: not disconnected, revoked or undeclared. */
export function isInUse(connection: Connection): boolean {
  return connection.status !== 'disabled' || isDisabledByOperator(connection, 'paused');
}

/** The findings of a connection that is in use. */
export function judgeConnection(audited: AuditedConnection, nowMs: number): readonly AuditFinding[] {
  return [
    selfClient,
    staleAuthorization,
    broadScopes,
    unread,
    blocked,
    neverAuthorized,
    rowWithoutSecret,
    unfinishedMove,
  ].flatMap((rule) => rule(audited, nowMs));
}

type Rule = (audited: AuditedConnection, nowMs: number) => readonly AuditFinding[];

const selfClient: Rule = ({ row: { name }, credentials }) =>
  credentials?.clientType === 'self-client'
    ? [
        {
          connection: name,
          rule: 'self-client',
          what: 'it uses a self client, which stops working when the account of its user is closed',
          fix: `Register a server-based client at https://api-console.zoho.com, then run: zoho-tokens authorize ${name}`,
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
          what: `it was authorized ${formatDuration(ageMs)} ago`,
          fix: `Check that the user who gave consent is still active. To authorize again, run: zoho-tokens authorize ${name}`,
        },
      ]
    : [];
};

const broadScopes: Rule = ({ row, credentials, declaredScopes }) =>
  findBroadScopes(parseScopes(row.scope ?? credentials?.scope ?? ''), declaredScopes).map(
    ({ scope, narrower }) => ({
      connection: row.name,
      rule: 'broad-scope',
      what: `${scope} is granted, which allows every operation. Narrower scopes: ${narrower.join(', ')}`,
      fix: `Declare the scopes that consumers need, then run: zoho-tokens authorize ${row.name} --scope …`,
    }),
  );

/** Secrets Manager records the day of the last read in this region, by anyone. The refresher itself reads now and then. */
const unread: Rule = ({ row: { name, status }, tokenSecret }, nowMs) => {
  const isServed = status === 'active' || status === 'cooling-down';
  const sinceMs = tokenSecret?.lastReadMs ?? tokenSecret?.createdAtMs;
  if (!isServed || sinceMs === undefined || nowMs - sinceMs <= UNREAD_MS) return [];
  const day = new Date(sinceMs).toISOString().slice(0, 10);
  const since = tokenSecret?.lastReadMs === undefined ? `its creation on ${day}` : day;
  return [
    {
      connection: name,
      rule: 'unread',
      what: `its token has not been read in this region since ${since}`,
      fix: `Check CloudTrail for readers. If it is not needed, run: zoho-tokens revoke ${name}`,
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
          what: `it has been blocked for about ${formatDuration(nowMs - sinceMs)}: ${row.lastFailure?.message ?? 'no reason is recorded.'}`,
          fix: `Run: zoho-tokens doctor ${row.name}`,
        },
      ]
    : [];
};

const neverAuthorized: Rule = ({ row, credentials }) =>
  row.status === 'pending' && credentials === undefined && !hadCredentials(row)
    ? [
        {
          connection: row.name,
          rule: 'never-authorized',
          what: 'it was never authorized, so it has no token',
          fix: `Run: zoho-tokens authorize ${row.name}. If it is not needed, remove its declaration, or run: zoho-tokens disconnect ${row.name}`,
        },
      ]
    : [];

/** While a connection follows another deployment, its credentials are there. */
const rowWithoutSecret: Rule = ({ row, missingSecrets }) => {
  const { name, source, follows } = row;
  return missingSecrets.flatMap((kind): AuditFinding[] => {
    if (kind === 'credentials' && (!hadCredentials(row) || follows !== undefined)) return [];
    const create =
      source === 'declared'
        ? 'Deploy the stack again: cdk deploy --revert-drift'
        : `Run: zoho-tokens connect ${name} --data-center …`;
    return [
      {
        connection: name,
        rule: 'row-without-secret',
        what:
          row.store === 'dynamodb'
            ? `it has a row, but its ${WHAT[kind]} is not in DynamoDB`
            : `it has a row, but its ${kind} secret does not exist or is scheduled for deletion`,
        fix: kind === 'credentials' ? fixFor(row) : create,
      },
    ];
  });
};

function fixFor({ name, store }: Connection): string {
  return store === 'dynamodb'
    ? linkDocuments(restoreOrAuthorize(name))
    : `Run: zoho-tokens authorize ${name}`;
}

const WHAT: Readonly<Record<SecretKind, string>> = {
  credentials: 'credentials item',
  'access-token': 'token item',
  client: 'client',
};

/** Consumers may read what is left. */
const unfinishedMove: Rule = ({ row, leftovers }) => {
  const { name } = row;
  const store: SecretStoreName = row.store ?? 'secrets-manager';
  return leftovers.length === 0
    ? []
    : [
        {
          connection: name,
          rule: 'unfinished-move',
          what: `it is in ${NAME_OF_STORE[store]}, but a move did not finish: ${leftovers.join(' and ')} ${leftovers.length === 1 ? 'is' : 'are'} left in the other store`,
          fix: `Run: zoho-tokens move ${name} --to ${store}`,
        },
      ];
};

/** The finding about secrets of a connection that has no row. */
export function secretWithoutRow(name: string, kinds: readonly SecretKind[]): AuditFinding {
  return {
    connection: name,
    rule: 'secret-without-row',
    what: `it has secrets (${kinds.join(', ')}), but no row: the row was lost, or connecting it did not finish`,
    fix: `To use it, run: zoho-tokens adopt ${name}. If it is not needed, run: zoho-tokens adopt ${name}, then zoho-tokens revoke ${name} and zoho-tokens disconnect ${name}`,
  };
}

/**
 * Since when a connection has been blocked. For a row of an earlier version that is estimated, never too early: it holds only the
 * time of the last failure, but failures are counted, and scheduled attempts are an hour apart. An operator may have caused more attempts, so the estimate is
 * no earlier than the issue of the last token, an hour before its expiry.
 */
function blockedSinceMs(
  { status, token, lastFailure, failures, blockedAtMs }: Connection,
  authorizedMs: number,
): number | undefined {
  if (blockedAtMs !== undefined) return blockedAtMs;
  if (status !== 'blocked' || lastFailure === undefined) return undefined;
  const firstFailureMs = lastFailure.atMs - Math.max(0, failures - 1) * PROBE_INTERVAL_MS;
  const workedUntilMs = token === undefined ? authorizedMs : token.expiresAtMs - HOUR_MS;
  return Number.isNaN(workedUntilMs) ? firstFailureMs : Math.max(firstFailureMs, workedUntilMs);
}

/** NaN when not recorded, so that every comparison with it is false. */
function authorizedAtMs(credentials: AuditedConnection['credentials']): number {
  return Date.parse(credentials?.authorizedAt ?? '');
}
