import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { ifSeen, look } from '../aws/try-read.ts';
import { readAlarmsInAlarm } from '../cloudwatch/alarms.ts';
import type { Session } from '../session.ts';
import { checkAccess } from './access/access.ts';
import { judgeAlarms } from './alarms.ts';
import { judgeBudget } from './budget.ts';
import { judgeClientType } from './client-type.ts';
import { judgeCredentials } from './credentials.ts';
import { judgeDataCenter } from './data-center.ts';
import { judgeProbes, probeDataCenters } from './data-center-probe.ts';
import { judgeDeadLetterQueue, readDeadLetterQueue } from './dead-letter-queue.ts';
import { credentialsOf, intentOf, type Patient } from './diagnosed-connection.ts';
import { type Finding, unknown, unseen } from './finding.ts';
import { judgeHeartbeats, readHeartbeats } from './heartbeat.ts';
import { judgeLastFailure } from './last-failure.ts';
import { judgeLease } from './lease.ts';
import { judgeRegistration } from './registration.ts';
import { judgeSchedule, readSchedule } from './schedule.ts';
import { judgeScopes } from './scopes.ts';
import { judgeToken } from './token.ts';

/** How far the doctor may go. */
export interface DoctorOptions {
  readonly probeDataCenters: boolean;
  /** Ask IAM about however many principals there are. */
  readonly access: boolean;
}

/** What every check is given. */
export interface Examination {
  readonly session: Session;
  readonly patient: Patient;
  readonly options: DoctorOptions;
  /** Says how far a long check is. */
  readonly onProgress: (message: string) => void;
}

/** One thing that is looked at. */
export interface Check {
  /** Stable: it stands in `--json`. */
  readonly name: string;
  readonly run: (examination: Examination) => Finding | Promise<Finding>;
}

/** The checks, in the order in which a person would look. */
export function checksFor({ probeDataCenters: isProbing }: DoctorOptions): readonly Check[] {
  return CHECKS.filter(({ name }) => name !== PROBE || isProbing);
}

const PROBE = 'data-center-probe';

const CHECKS: readonly Check[] = [
  {
    name: 'registered',
    run: ({ session, patient }) => judgeRegistration(patient, session.machine.clock.now()),
  },
  { name: 'credentials', run: ({ patient }) => judgeCredentials(patient) },
  { name: 'data-center', run: ({ patient }) => judgeDataCenter(dataCenterFacts(patient)) },
  { name: PROBE, run: probe },
  {
    name: 'scopes',
    run: ({ patient }) => {
      const granted = ifSeen(patient.row)?.scope ?? credentialsOf(patient)?.scope;
      return judgeScopes(patient.name, intentOf(patient), granted);
    },
  },
  {
    name: 'client-type',
    run: ({ session, patient }) =>
      judgeClientType(patient.name, credentialsOf(patient), session.machine.clock.now()),
  },
  { name: 'token', run: checkToken },
  { name: 'last-failure', run: ofRow(judgeLastFailure) },
  { name: 'budget', run: ofRow(judgeBudget) },
  { name: 'lease', run: ofRow(judgeLease) },
  { name: 'schedule', run: async ({ session }) => judgeSchedule(await readSchedule(session)) },
  {
    name: 'dead-letter-queue',
    run: async ({ session }) => judgeDeadLetterQueue(await readDeadLetterQueue(session)),
  },
  { name: 'heartbeat', run: async ({ session }) => judgeHeartbeats(await readHeartbeats(session)) },
  { name: 'alarms', run: checkAlarms },
  {
    name: 'access',
    run: ({ session, patient, options, onProgress }) =>
      checkAccess(session, patient, { asked: options.access, onProgress }),
  },
];

function dataCenterFacts(patient: Patient) {
  const stored = ifSeen(patient.stored);
  return {
    name: patient.name,
    credentials: credentialsOf(patient),
    versionId: stored?.kind === 'found' ? stored.versionId : undefined,
    row: ifSeen(patient.row),
    intended: ifSeen(intentOf(patient))?.dataCenter,
  };
}

async function probe({ session, patient, onProgress }: Examination): Promise<Finding> {
  const credentials = credentialsOf(patient);
  if (credentials === undefined) return unknown('there are no credentials that can be read: nothing to try');
  const probes = await probeDataCenters(session.accounts, credentials, {
    signal: session.signal,
    onProbe: (location) => onProgress(`asking ${location}`),
  });
  const refusal = ifSeen(patient.row)?.lastFailure?.code;
  return judgeProbes(probes, { name: patient.name, own: credentials.dataCenter, refusal });
}

async function checkToken({ session, patient }: Examination): Promise<Finding> {
  const { name, row } = patient;
  const published = await look(async () => (await session.secrets()).readToken(name));
  return judgeToken(name, published, ifSeen(row), session.machine.clock.now());
}

async function checkAlarms({ session, patient }: Examination): Promise<Finding> {
  const { stackName } = await session.deployment();
  const ringing = await look(() => readAlarmsInAlarm(session.aws.cloudWatch, stackName));
  return judgeAlarms(ringing, { name: patient.name, stackName }, session.machine.clock.now());
}

/** A check of what the row says: nothing, where there is none. */
function ofRow(judge: (row: Connection, nowMs: number) => Finding): Check['run'] {
  return ({ session, patient: { row } }) => {
    if (row.kind === 'unseen') return unseen('the row', row.error);
    if (row.value === undefined) return unknown('there is no row');
    return judge(row.value, session.machine.clock.now());
  };
}
