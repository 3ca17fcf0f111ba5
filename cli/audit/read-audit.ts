import pMap from 'p-map';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import type { MalformedRow } from '../../lambdas/core/ports.ts';
import { parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import { ifSeen, type Look, look, missingOf } from '../aws/try-read.ts';
import type { Intent } from '../connections/connection-spec.ts';
import { fromTags } from '../connections/connection-tags.ts';
import type { RefresherSettings } from '../deployment/refresher-settings.ts';
import type { Session } from '../session.ts';
import type { AuditFinding, AuditReport, Unseen } from './finding.ts';
import { isInUse, judgeConnection } from './judge-connection.ts';

const CONNECTIONS_AT_ONCE = 5;

interface Audited {
  readonly findings: readonly AuditFinding[];
  readonly unseen: readonly Unseen[];
}

/** Looks at every connection. What may not be read is said to be unseen; only the table is needed. */
export async function readAudit(
  session: Session,
  onProgress: (message: string) => void,
): Promise<AuditReport> {
  const rows = await session.list();
  const settings = await look(() => session.refresherSettings());
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
  return {
    connections: rows.length,
    findings: audited.flatMap(({ findings }) => findings),
    unseen: audited.flatMap(({ unseen }) => unseen),
  };
}

async function auditOne(
  session: Session,
  row: Connection,
  settings: Look<RefresherSettings>,
): Promise<Audited> {
  if (!isInUse(row)) return { findings: [], unseen: [] };
  const { name } = row;
  const secrets = await session.secrets();
  const [stored, credentialsSecret, tokenSecret] = await Promise.all([
    look(() => secrets.readCredentials(name)),
    look(() => secrets.describe(name, 'credentials')),
    look(() => secrets.describe(name, 'access-token')),
  ]);
  const found = ifSeen(stored);
  const parsed = found?.kind === 'found' ? parseCredentials(found.text) : undefined;
  const intent: Intent =
    declarationOf(ifSeen(settings)?.declaredConnections ?? {}, name) ??
    fromTags(ifSeen(credentialsSecret)?.tags ?? {});
  const audited = {
    row,
    credentials: parsed?.ok ? parsed.credentials : undefined,
    tokenSecret: ifSeen(tokenSecret),
    declaredScopes: intent.scopes,
  };
  return {
    findings: judgeConnection(audited, session.machine.clock.now()),
    unseen: [
      ...unseenOf(name, 'its credentials: client type and age of the authorization', stored),
      ...unseenOf(name, 'when its token was last read', tokenSecret),
    ],
  };
}

function unseenOf(connection: string, what: string, looked: Look<unknown>): readonly Unseen[] {
  return looked.kind === 'seen' ? [] : [{ connection, what, missing: missingOf(looked.error) }];
}

function unreadable({ name, problem }: MalformedRow): Audited {
  return {
    findings: [],
    unseen: [{ connection: name, what: 'its row', missing: `the row is malformed: ${problem}` }],
  };
}
