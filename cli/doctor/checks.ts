import { type Connection, hadCredentials } from '../../lambdas/core/connection/connection.ts';
import { alarmNamePrefix } from '../../lambdas/core/deployment-address.ts';
import { parseClient, secretFor } from '../../lambdas/core/secrets/shared-client.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { tryRead, valueIfRead } from '../aws/try-read.ts';
import { adviseOnRefusedSecret } from '../clients/client-advice.ts';
import { readActiveAlarms } from '../cloudwatch/alarms.ts';
import type { DeployedConsent } from '../deployment/deployment.ts';
import { readInvites } from '../invites/read-invites.ts';
import type { Session } from '../session.ts';
import { checkAccess } from './access/access.ts';
import { judgeAlarmSetup, readAlarmSetup } from './alarm-setup.ts';
import { judgeAlarms } from './alarms.ts';
import { judgeBudget } from './budget.ts';
import { judgeClientType } from './client-type.ts';
import { judgeComplaints } from './complaints.ts';
import { judgeInvites, judgePages, readPages } from './consent.ts';
import { judgeCredentials } from './credentials.ts';
import { judgeDataCenter } from './data-center.ts';
import { judgeProbes, probeDataCenters } from './data-center-probe.ts';
import { judgeDeadLetterQueue, readDeadLetterQueue } from './dead-letter-queue.ts';
import { credentialsOf, type DiagnosedConnection, specOf } from './diagnosed-connection.ts';
import { judgeEncryptionKey, readEncryptionKey } from './encryption-key.ts';
import { type Finding, unavailable, unknown } from './finding.ts';
import { judgeHeartbeats, readHeartbeats } from './heartbeat.ts';
import { judgeLastFailure } from './last-failure.ts';
import { judgeLease } from './lease.ts';
import { judgeRegistration } from './registration.ts';
import { judgeSchedule, readSchedule } from './schedule.ts';
import { judgeScopes } from './scopes.ts';
import { judgeSubscriptions, readSubscriptions } from './subscriptions.ts';
import { judgeToken } from './token.ts';

/** Options of `doctor` that allow more calls. */
export interface DoctorOptions {
  readonly probeDataCenters: boolean;
  /** Check access even if the account has many principals. */
  readonly access: boolean;
}

/** What every check works with. */
export interface CheckContext {
  readonly session: Session;
  readonly connection: DiagnosedConnection;
  readonly options: DoctorOptions;
  /** Reports the progress of a long check. */
  readonly onProgress: (message: string) => void;
}

/** One diagnostic check. */
export interface Check {
  /** Stable, because it is part of `--json`. */
  readonly name: string;
  readonly run: (context: CheckContext) => Finding | Promise<Finding>;
}

/** The checks, in the order in which an operator would look for a cause. Those of invites only if their pages are deployed. */
export function checksFor(
  { probeDataCenters: isProbing }: DoctorOptions,
  consent: DeployedConsent | undefined,
): readonly Check[] {
  const own = CHECKS.filter(({ name }) => name !== PROBE || isProbing);
  return consent === undefined ? own : [...own, ...consentChecks(consent)];
}

const PROBE = 'data-center-probe';

const CHECKS: readonly Check[] = [
  {
    name: 'registered',
    run: async ({ session, connection }) => {
      const { parkAfterMs } = await session.deployment();
      return judgeRegistration(connection, { nowMs: session.runtime.clock.now(), parkAfterMs });
    },
  },
  { name: 'credentials', run: ({ connection }) => judgeCredentials(connection) },
  {
    name: 'encryption-key',
    run: async ({ session }) => judgeEncryptionKey(await readEncryptionKey(session)),
  },
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
  { name: 'token', run: checkToken },
  { name: 'last-failure', run: ofRow(judgeLastFailure) },
  { name: 'budget', run: ofRow(judgeBudget) },
  { name: 'complaints', run: ofRow(judgeComplaints) },
  { name: 'lease', run: ofRow(judgeLease) },
  { name: 'schedule', run: async ({ session }) => judgeSchedule(await readSchedule(session)) },
  {
    name: 'dead-letter-queue',
    run: async ({ session }) => judgeDeadLetterQueue(await readDeadLetterQueue(session)),
  },
  { name: 'heartbeat', run: async ({ session }) => judgeHeartbeats(await readHeartbeats(session)) },
  { name: 'alarms', run: checkAlarms },
  {
    name: 'alarm-setup',
    run: async ({ session }) => judgeAlarmSetup(await readAlarmSetup(session)),
  },
  {
    name: 'subscriptions',
    run: async ({ session }) => judgeSubscriptions(await readSubscriptions(session)),
  },
  {
    name: 'access',
    run: ({ session, connection, options, onProgress }) =>
      checkAccess(session, connection, { asked: options.access, onProgress }),
  },
];

function consentChecks(consent: DeployedConsent): readonly Check[] {
  return [
    {
      name: 'consent-pages',
      run: async ({ session }) => judgePages(consent, await readPages(session, consent)),
    },
    { name: 'invites', run: checkInvites },
  ];
}

async function checkInvites({ session, connection: { name } }: CheckContext): Promise<Finding> {
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

async function probe({ session, connection, onProgress }: CheckContext): Promise<Finding> {
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

async function checkToken({ session, connection }: CheckContext): Promise<Finding> {
  const { name, row, stored } = connection;
  const published = await tryRead(async () => (await session.secrets()).readToken(name));
  const known = valueIfRead(row);
  const isAuthorized =
    valueIfRead(stored)?.kind === 'found' ||
    (known !== undefined && (hadCredentials(known) || known.follows !== undefined));
  return judgeToken(name, published, known, { nowMs: session.runtime.clock.now(), isAuthorized });
}

async function checkAlarms({ session, connection }: CheckContext): Promise<Finding> {
  const { stackName, secretPrefix } = await session.deployment();
  const namePrefix = alarmNamePrefix(stackName, secretPrefix);
  const active = await tryRead(() => readActiveAlarms(session.aws.cloudWatch, namePrefix));
  return judgeAlarms(active, { name: connection.name, namePrefix }, session.runtime.clock.now());
}

/** A check of the row; unknown when the row is missing or unreadable. */
function ofRow(judge: (row: Connection, nowMs: number) => Finding): Check['run'] {
  return ({ session, connection: { row } }) => {
    if (row.kind === 'unavailable') return unavailable('the row', row.error);
    if (row.value === undefined) return unknown('the connection has no row');
    return judge(row.value, session.runtime.clock.now());
  };
}
