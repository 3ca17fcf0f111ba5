import { type Connection, hadCredentials } from '../../lambdas/core/connection/connection.ts';
import { parseClient, secretFor } from '../../lambdas/core/secrets/shared-client.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { tryRead, valueIfRead } from '../aws/try-read.ts';
import { adviseOnRefusedSecret } from '../clients/client-advice.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { readInvites } from '../invites/read-invites.ts';
import { findLeftovers } from '../secrets/leftovers.ts';
import { checkAccess } from './access/access.ts';
import { judgeBudget } from './budget.ts';
import type { Check, ConnectionContext, DoctorOptions } from './check.ts';
import { judgeClientType } from './client-type.ts';
import { judgeComplaints } from './complaints.ts';
import { judgeInvites } from './consent.ts';
import { judgeCredentials } from './credentials.ts';
import { judgeDataCenter } from './data-center.ts';
import { judgeProbes, probeDataCenters } from './data-center-probe.ts';
import {
  checkAlarms,
  ENCRYPTION_KEY,
  NOTIFICATION_CHECKS,
  pagesChecks,
  runChecks,
} from './deployment-checks.ts';
import { credentialsOf, type DiagnosedConnection, specOf } from './diagnosed-connection.ts';
import { type Finding, unavailable, unknown } from './finding.ts';
import { judgeLastFailure } from './last-failure.ts';
import { judgeLease } from './lease.ts';
import { readPublishedToken } from './published-token.ts';
import { judgeRegistration } from './registration.ts';
import { judgeScopes } from './scopes.ts';
import { shardOf } from './shards.ts';
import { isWithoutTables, judgeStore } from './store.ts';
import { judgeToken } from './token.ts';

type ConnectionCheck = Check<ConnectionContext>;

/**
 * The checks of a connection, in the order in which an operator would look for a cause. Those of stores, shards and invites only if
 * the deployment or the connection has them.
 */
export function checksFor(
  connection: DiagnosedConnection,
  { fleet, consent }: Deployment,
  { probeDataCenters: isProbing }: DoctorOptions,
): readonly ConnectionCheck[] {
  const row = valueIfRead(connection.row);
  const isLost = isWithoutTables(row, fleet);
  const shard = row && shardOf(row, fleet);
  return [
    {
      name: 'registered',
      run: async ({ session }) => {
        const { parkAfterMs } = await session.deployment();
        return judgeRegistration(connection, { nowMs: session.runtime.clock.now(), parkAfterMs });
      },
    },
    ...(fleet !== undefined || isLost ? [{ name: 'store', run: checkStore }] : []),
    { name: 'credentials', run: () => (isLost ? NO_TABLES : judgeCredentials(connection)) },
    ENCRYPTION_KEY,
    ...OF_AUTHORIZATION.filter(({ name }) => name !== PROBE || isProbing),
    { name: 'token', run: (context) => (isLost ? NO_TABLES : checkToken(context)) },
    ...OF_ROW,
    ...runChecks(fleet, shard === undefined ? [] : [shard]),
    { name: 'alarms', run: ({ session }) => checkAlarms(session, { name: connection.name, shard }) },
    ...NOTIFICATION_CHECKS,
    {
      name: 'access',
      run: ({ session, options, onProgress }) =>
        checkAccess(session, connection, { asked: options.access, onProgress }),
    },
    ...pagesChecks(consent),
    ...(consent === undefined ? [] : [{ name: 'invites', run: checkInvites }]),
  ];
}

const PROBE = 'data-center-probe';

const NO_TABLES = unknown(
  'not looked for, because the tables of its store are not deployed: see the check store',
);

const OF_AUTHORIZATION: readonly ConnectionCheck[] = [
  { name: 'data-center', run: ({ connection }) => judgeDataCenter(dataCenterFacts(connection)) },
  { name: PROBE, run: probe },
  {
    name: 'scopes',
    run: ({ connection }) => {
      const granted = valueIfRead(connection.row)?.scope ?? credentialsOf(connection)?.scope;
      return judgeScopes(connection.name, specOf(connection), granted);
    },
  },
  {
    name: 'client-type',
    run: ({ session, connection }) =>
      judgeClientType(connection.name, credentialsOf(connection), session.runtime.clock.now()),
  },
];

const OF_ROW: readonly ConnectionCheck[] = [
  { name: 'last-failure', run: ofRow(judgeLastFailure) },
  { name: 'budget', run: ofRow(judgeBudget) },
  { name: 'complaints', run: ofRow(judgeComplaints) },
  { name: 'lease', run: ofRow(judgeLease) },
];

async function checkStore({ session, connection: { name, row } }: ConnectionContext): Promise<Finding> {
  const [{ fleet }, secrets] = await Promise.all([session.deployment(), session.secrets()]);
  const known = valueIfRead(row);
  const leftovers = await tryRead(async () =>
    known === undefined || fleet === undefined ? [] : await findLeftovers(secrets, known),
  );
  return judgeStore({ name, row, fleet, leftovers });
}

async function checkInvites({ session, connection: { name } }: ConnectionContext): Promise<Finding> {
  const secrets = await session.secrets();
  return await judgeInvites(name, await readInvites(session, name), async (client) => {
    const facts = await tryRead(() => secrets.describe(client, 'client'));
    // Unknown is not lost.
    return facts.kind === 'unavailable' || facts.value !== undefined;
  });
}

function dataCenterFacts(connection: DiagnosedConnection) {
  const stored = valueIfRead(connection.stored);
  return {
    name: connection.name,
    credentials: credentialsOf(connection),
    versionId: stored?.kind === 'found' ? stored.versionId : undefined,
    row: valueIfRead(connection.row),
    specified: valueIfRead(specOf(connection))?.dataCenter,
  };
}

async function probe({ session, connection, onProgress }: ConnectionContext): Promise<Finding> {
  const credentials = credentialsOf(connection);
  if (credentials === undefined) return unknown('not tried: no valid credentials could be read');
  const probes = await probeDataCenters(session.accounts, credentials, {
    signal: session.signal,
    onProbe: (location) => onProgress(`trying ${location}`),
    secretIn: secretsOf(connection),
  });
  const row = valueIfRead(connection.row);
  return judgeProbes(probes, {
    name: connection.name,
    own: credentials.dataCenter,
    refusal: row?.lastFailure?.code,
    secretFix: row && adviseOnRefusedSecret(row),
  });
}

/** The secret of a shared client may differ between data centers. */
function secretsOf({ stored }: DiagnosedConnection) {
  const found = valueIfRead(stored);
  const text = found?.kind === 'found' ? found.clientText : undefined;
  const parsed = text && parseClient('', text);
  if (parsed?.ok !== true) return undefined;
  return (location: DataCenterLocation) => secretFor(parsed.client, location);
}

async function checkToken({ session, connection }: ConnectionContext): Promise<Finding> {
  const { name, row, stored } = connection;
  const known = valueIfRead(row);
  const published = await readPublishedToken(session, name, known);
  const isAuthorized =
    valueIfRead(stored)?.kind === 'found' ||
    (known !== undefined && (hadCredentials(known) || known.follows !== undefined));
  return judgeToken(name, published, known, { nowMs: session.runtime.clock.now(), isAuthorized });
}

/** A check of the row; unknown when the row is missing or unreadable. */
function ofRow(judge: (row: Connection, nowMs: number) => Finding): ConnectionCheck['run'] {
  return ({ session, connection: { row } }) => {
    if (row.kind === 'unavailable') return unavailable('the row', row.error);
    if (row.value === undefined) return unknown('the connection has no row');
    return judge(row.value, session.runtime.clock.now());
  };
}
