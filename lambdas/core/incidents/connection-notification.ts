import type { Connection, Incident, Problem } from '../connection/connection.ts';
import { driftOf } from '../connection/declaration-drift.ts';
import type { DeclaredConnection } from '../connection/declared-connection.ts';
import { adviseOnRegeneratedSecret, hasRegeneratedSecret } from '../connection/regenerated-secret.ts';
import {
  commandsOf,
  endOf,
  formatNotification,
  type Notification,
  programOf,
  type Sender,
  timeText,
} from './notification.ts';
import { levelOf, severityOf } from './problems.ts';

/** What on-call is notified about by the name of the connection. */
export type ProblemOfConnection = Exclude<Problem, 'client-refused'>;

interface IncidentOfConnection extends Incident {
  readonly problem: ProblemOfConnection;
}

/** The notification about an incident that began or ended. Undefined if no one is notified about the connection. */
export function composeNotification(
  connection: Connection,
  incident: IncidentOfConnection,
  { declared, sender, nowMs, lostRows = [] }: Circumstances,
): Notification | undefined {
  const severity = severityOf(connection, declared);
  if (severity === 'none') return undefined;
  const { problem, sinceMs } = incident;
  const isOver = incident.state === 'ended';
  const { began, ended, runbookOf, detailsOf } = TEXTS[problem];
  const { name, dataCenter, lastFailure } = connection;
  const details = isOver
    ? endOf(incident, nowMs)
    : [
        ...detailsOf({
          ...{ connection, declared, lostRows },
          command: commandsOf(name, sender),
          program: programOf(sender),
        }),
        `Since: ${timeText(sinceMs)}`,
        `Token: ${tokenText(connection, nowMs)}`,
        `Runbook: ${sender.runbookBaseUrl}/${runbookOf(connection)}.md`,
      ];
  const where = `data center ${dataCenter ?? declared?.dataCenter ?? 'unknown'}`;
  const hasCode = !isOver && (problem === 'blocked' || problem === 'no-token');
  const said = {
    ...{ level: levelOf(problem, severity), problem, isOver, name, details, sinceMs, nowMs },
    title: `Zoho ${name} ${isOver ? ended : began}`,
    code: hasCode ? lastFailure?.code : undefined,
    about: [`Connection: ${name} (${declared === undefined ? 'added at run time' : 'declared'}, ${where})`],
  };
  return { ...formatNotification(said, sender), connection: name };
}

interface Circumstances {
  readonly declared: DeclaredConnection | undefined;
  readonly sender: Sender;
  readonly nowMs: number;
  /** The connections whose rows were lost in the last hour. @default none */
  readonly lostRows?: readonly string[];
}

interface Described {
  readonly connection: Connection;
  readonly declared: DeclaredConnection | undefined;
  readonly lostRows: readonly string[];
  /** Completes a command of the CLI, e.g. `authorize`. */
  readonly command: (command: string) => string;
  /** The CLI, for commands that do not end with the connection's name. */
  readonly program: string;
}

interface Texts {
  readonly began: string;
  readonly ended: string;
  readonly runbookOf: (connection: Connection) => string;
  readonly detailsOf: (described: Described) => readonly string[];
}

const TEXTS: Readonly<Record<ProblemOfConnection, Texts>> = {
  blocked: {
    began: 'is blocked',
    ended: 'has recovered',
    runbookOf: (connection) =>
      hasRegeneratedSecret(connection) ? 'ClientSecretRegenerated' : 'ReauthorizationNeeded',
    detailsOf: (described) => [
      `Reason: ${described.connection.lastFailure?.message ?? 'not recorded'}`,
      `Fix: ${fixOfBlocked(described)}`,
    ],
  },
  'scope-drift': {
    began: 'lacks a declared scope',
    ended: 'has all its scopes again',
    runbookOf: () => 'ScopeDrift',
    detailsOf: ({ connection, declared, command }) => {
      const missing = driftOf(connection, declared).missingScopes;
      return [
        `Reason: Zoho did not grant ${missing.join(', ')}. Calls that need it fail; all others work.`,
        `Fix: ${command('authorize')} --add-scope ${missing.join(',')}`,
      ];
    },
  },
  'tokens-rejected': {
    began: 'tokens are rejected',
    ended: 'tokens are accepted again',
    runbookOf: () => 'TokensRejected',
    detailsOf: ({ command }) => [
      'Reason: consumers reject tokens that Zoho has just issued, so new tokens do not help. Usually one consumer lacks a scope or is behind a proxy.',
      `Diagnose: ${command('doctor')}`,
    ],
  },
  'never-authorized': {
    began: 'was never authorized',
    ended: 'is authorized',
    runbookOf: () => 'NeverAuthorized',
    detailsOf: ({ command }) => [
      'Reason: the connection is declared, and has no credentials. Its consumers cannot call Zoho.',
      `Fix: ${command('authorize')}`,
    ],
  },
  'no-token': {
    began: 'has no valid token',
    ended: 'has a valid token again',
    runbookOf: () => 'RefreshFailing',
    detailsOf: ({ connection, command }) => [
      `Reason: ${connection.lastFailure?.message ?? 'not recorded'}`,
      `Diagnose: ${command('doctor')}`,
    ],
  },
  'row-lost': {
    began: 'lost its row',
    ended: 'is registered again',
    runbookOf: () => 'RowLost',
    detailsOf: ({ command, lostRows }) => [
      'Reason: its row had disappeared from the connections table. It was created again from the published token, and is refreshed. What only the row knew is lost: a pause, the severity, the budgets.',
      ...othersLost(lostRows),
      `Diagnose: ${command('doctor')}`,
    ],
  },
};

/** How many names fit in a text that is read at a glance. */
const MOST_NAMES = 4;

/** A table that was lost or restored is one problem, not one for each connection. */
function othersLost(lostRows: readonly string[]): string[] {
  if (lostRows.length < MOST_NAMES) return [];
  const rest = lostRows.length - MOST_NAMES;
  const names = `${lostRows.slice(0, MOST_NAMES).join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`;
  return [
    `In the last hour: ${lostRows.length} rows (${names}). The table was probably lost or restored, see TableRestored. No more of them are notified.`,
  ];
}

function fixOfBlocked({ connection, command, program }: Described): string {
  if (hasRegeneratedSecret(connection)) return adviseOnRegeneratedSecret(connection, program);
  return isRefusedByZoho(connection)
    ? `${command('refresh')} asks Zoho again. If it still refuses: ${command('authorize')}`
    : command('authorize');
}

/** Unreadable credentials are not sent to Zoho, so asking again does not help. */
function isRefusedByZoho({ lastFailure }: Connection): boolean {
  return lastFailure?.code !== 'malformed_credentials' && lastFailure?.code !== 'unknown_data_center';
}

function tokenText({ token }: Connection, nowMs: number): string {
  if (token === undefined) return 'none was ever published';
  return `${token.expiresAtMs > nowMs ? 'expires' : 'expired'} at ${timeText(token.expiresAtMs)}`;
}
