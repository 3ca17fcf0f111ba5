import pMap from 'p-map';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { CONNECTION_NAME_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import { declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import type { MalformedRow } from '../../lambdas/core/ports.ts';
import { parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import type { ConnectionSpec } from '../../lambdas/core/secrets/secret-tags.ts';
import { specFromTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { describeFailedRead, type ReadResult, tryRead, valueIfRead } from '../aws/try-read.ts';
import type { RefresherSettings } from '../deployment/refresher-settings.ts';
import { failWithoutFleet, isWithoutTables } from '../doctor/store.ts';
import type { SecretFacts, SecretKind } from '../secrets/connection-secrets.ts';
import { findLeftovers } from '../secrets/leftovers.ts';
import { listStored, type StoredSecret } from '../secrets/list-stored.ts';
import type { Session } from '../session.ts';
import { linkDocuments } from '../terminal/link-documents.ts';
import { auditDeployment } from './audit-deployment.ts';
import { auditInvites } from './audit-invites.ts';
import { groupConsents, type RecordedConsent, warnOfConsents } from './consents.ts';
import type { AuditFinding, AuditReport, Unseen } from './finding.ts';
import { isInUse, judgeConnection, secretWithoutRow } from './judge-connection.ts';

/** Three calls of Secrets Manager each, and in a fleet two more, which allows 10,000 in a second. So 10,000 connections take under a minute. */
const CONNECTIONS_AT_ONCE = 20;

interface Audited {
  readonly findings: readonly AuditFinding[];
  readonly unseen: readonly Unseen[];
  readonly consents?: readonly RecordedConsent[];
}

/** Audits the deployment and every connection. Only the table must be readable; anything else that is not is listed as unseen. */
export async function readAudit(
  session: Session,
  onProgress: (message: string) => void,
): Promise<AuditReport> {
  const rows = await session.list();
  // A hundred secrets a call: it takes as long as the connections, so both are read at the same time.
  const listing = tryRead(() => listStored(session));
  const [settings, deployment, invites] = await Promise.all([
    tryRead(() => session.refresherSettings()),
    auditDeployment(session),
    auditInvites(session),
  ]);
  let done = 0;
  const audited = await pMap(
    rows,
    async (row) => {
      const one = 'malformed' in row ? unreadable(row) : await auditOne(session, row, settings);
      done += 1;
      onProgress(`${done} of ${rows.length} connections`);
      return one;
    },
    { concurrency: CONNECTIONS_AT_ONCE },
  );
  onProgress('secrets without rows');
  const known = new Set([
    ...rows.map(({ name }) => name),
    ...Object.keys(valueIfRead(settings)?.declaredConnections ?? {}),
  ]);
  const parts = [deployment, invites, ...audited, auditSecrets(await listing, known)];
  return {
    connections: rows.length,
    findings: [
      ...parts.flatMap(({ findings }) => findings),
      ...groupConsents(audited.flatMap(({ consents = [] }) => consents)).flatMap(
        (group) => warnOfConsents(group) ?? [],
      ),
    ],
    unseen: parts.flatMap(({ unseen }) => unseen),
  };
}

/** The connections that have secrets and no row. Declared ones are registered by the refresher. */
function auditSecrets(listed: ReadResult<readonly StoredSecret[]>, known: ReadonlySet<string>): Audited {
  if (listed.kind === 'unavailable') {
    const missing = describeFailedRead(listed.error);
    return { findings: [], unseen: [{ what: 'which secrets have no row', missing }] };
  }
  const kinds = new Map<string, SecretKind[]>();
  for (const { connection, kind, isBeingDeleted } of listed.value) {
    if (known.has(connection) || isBeingDeleted || !CONNECTION_NAME_PATTERN.test(connection)) continue;
    kinds.set(connection, [...(kinds.get(connection) ?? []), kind]);
  }
  const names = [...kinds.keys()].sort((one, other) => one.localeCompare(other, 'en'));
  return { findings: names.map((name) => secretWithoutRow(name, kinds.get(name) ?? [])), unseen: [] };
}

async function auditOne(
  session: Session,
  row: Connection,
  settings: ReadResult<RefresherSettings>,
): Promise<Audited> {
  if (!isInUse(row)) return { findings: [], unseen: [] };
  const { name } = row;
  const secrets = await session.secrets();
  const { fleet } = await session.deployment();
  if (isWithoutTables(row, fleet)) {
    const { found: what, fix = '' } = failWithoutFleet(
      'it is in DynamoDB, but the deployment has no fleet any more',
    );
    return {
      findings: [{ connection: name, rule: 'row-without-secret', what, fix: linkDocuments(fix) }],
      unseen: [],
    };
  }
  const [stored, credentialsSecret, tokenSecret, leftovers] = await Promise.all([
    tryRead(() => secrets.readCredentials(name)),
    tryRead(() => secrets.describe(name, 'credentials')),
    tryRead(() => secrets.describe(name, 'access-token')),
    tryRead(async () => (fleet === undefined ? [] : await findLeftovers(secrets, row))),
  ]);
  const found = valueIfRead(stored);
  const parsed = found?.kind === 'found' ? parseCredentials(found.text, found.clientText) : undefined;
  const spec: ConnectionSpec =
    declarationOf(valueIfRead(settings)?.declaredConnections ?? {}, name) ??
    specFromTags(valueIfRead(tokenSecret)?.tags ?? {}, valueIfRead(credentialsSecret)?.tags);
  const audited = {
    row,
    credentials: parsed?.ok ? parsed.credentials : undefined,
    tokenSecret: valueIfRead(tokenSecret),
    missingSecrets: [
      ...missingOf('credentials', credentialsSecret),
      ...missingOf('access-token', tokenSecret),
    ],
    leftovers: valueIfRead(leftovers) ?? [],
    declaredScopes: spec.scopes,
  };
  return {
    consents: parsed?.ok ? [{ connection: name, credentials: parsed.credentials }] : [],
    findings: judgeConnection(audited, session.runtime.clock.now()),
    unseen: [
      ...unseenOf(name, 'the credentials, for client type and age of the authorization', stored),
      ...unseenOf(name, 'when the token was last read', tokenSecret),
      ...unseenOf(name, 'what a move has left', leftovers),
    ],
  };
}

function missingOf(kind: SecretKind, facts: ReadResult<SecretFacts | undefined>): readonly SecretKind[] {
  if (facts.kind === 'unavailable') return [];
  return facts.value === undefined || facts.value.deletedAtMs !== undefined ? [kind] : [];
}

function unseenOf(connection: string, what: string, result: ReadResult<unknown>): readonly Unseen[] {
  return result.kind === 'read' ? [] : [{ connection, what, missing: describeFailedRead(result.error) }];
}

function unreadable({ name, problem }: MalformedRow): Audited {
  return {
    findings: [],
    unseen: [{ connection: name, what: 'the row', missing: `malformed: ${problem}` }],
  };
}
