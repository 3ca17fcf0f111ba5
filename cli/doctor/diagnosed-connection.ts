import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { type DeclaredConnection, declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import type { InfrastructureError } from '../../lambdas/core/failures.ts';
import type { StoredCredentials } from '../../lambdas/core/ports.ts';
import { type Credentials, parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import { ifSeen, type Look, look } from '../aws/try-read.ts';
import type { Intent } from '../connections/connection-spec.ts';
import { fromTags } from '../connections/connection-tags.ts';
import { checkName, findConnection } from '../connections/find-connection.ts';
import type { RefresherSettings } from '../deployment/refresher-settings.ts';
import type { SecretFacts } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';

/** A connection that is examined: what more than one check looks at. */
export interface Patient {
  readonly name: string;
  /** Undefined when the refresher has not registered it. */
  readonly row: Look<Connection | undefined>;
  readonly settings: Look<RefresherSettings>;
  /** Of the credentials secret. Undefined when there is none. */
  readonly secret: Look<SecretFacts | undefined>;
  readonly stored: Look<StoredCredentials>;
}

/** Reads it. Throws {@link CliError} with the nearest name when nothing at all is known of the connection. */
export async function readPatient(session: Session, given: string): Promise<Patient> {
  const name = checkName(given);
  const [table, secrets] = await Promise.all([session.connections(), session.secrets()]);
  const [row, settings, secret, stored] = await Promise.all([
    look(() => table.read(name, session.signal())),
    look(() => session.refresherSettings()),
    look(() => secrets.describe(name, 'credentials')),
    look(() => secrets.readCredentials(name)),
  ]);
  const patient = { name, row, settings, secret, stored };
  const isUnknown = [row, secret].every((looked) => looked.kind === 'seen' && looked.value === undefined);
  if (isUnknown && !isDeclared(patient)) await findConnection(session, name);
  return patient;
}

/** Whether the stack's configuration names it, as far as can be seen. */
export function isDeclared(patient: Patient): boolean {
  return declarationOfPatient(patient) !== undefined;
}

/** The credentials, when they can be read and are complete. */
export function credentialsOf({ stored }: Patient): Credentials | undefined {
  const found = ifSeen(stored);
  if (found?.kind !== 'found') return undefined;
  const parsed = parseCredentials(found.text);
  return parsed.ok ? parsed.credentials : undefined;
}

/** What the connection is meant to be, or why it could not be seen. */
export function intentOf(patient: Patient): Look<Intent> {
  const { settings, secret, row } = patient;
  const declared = declarationOfPatient(patient);
  if (declared !== undefined) return { kind: 'seen', value: declared };
  const mayBeDeclared = ifSeen(row)?.source !== 'connected';
  if (settings.kind === 'unseen' && mayBeDeclared) return unseenFor(settings.error);
  if (secret.kind === 'unseen') return unseenFor(secret.error);
  return { kind: 'seen', value: fromTags(secret.value?.tags ?? {}) };
}

function unseenFor(error: InfrastructureError): Look<Intent> {
  return { kind: 'unseen', error };
}

function declarationOfPatient({ name, settings }: Patient): DeclaredConnection | undefined {
  return declarationOf(ifSeen(settings)?.declaredConnections ?? {}, name);
}
