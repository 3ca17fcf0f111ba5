import pMap from 'p-map';
import { isRetired } from '../../lambdas/core/connection/connection.ts';
import { describePerson } from '../../lambdas/core/consent/authorized-by.ts';
import { type Credentials, parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import { tryRead, valueIfRead } from '../aws/try-read.ts';
import { groupBy } from '../group-by.ts';
import type { Session } from '../session.ts';
import type { AuditFinding } from './finding.ts';

/** What the credentials of a connection say about its consent. */
export interface RecordedConsent {
  readonly connection: string;
  readonly credentials: Pick<Credentials, 'clientId' | 'authorizedAt' | 'authorizedBy' | 'invitedBy'>;
}

/** Zoho keeps 20 refresh tokens per user and client. Source: Zoho's OAuth documentation, "Token validity and limits". */
export const MOST_CONSENTS = 20;
const WARN_FROM = 15;

const READS_AT_ONCE = 20;

/** Reads the consents of all connections whose credentials the user may read. */
export async function readConsents(session: Session): Promise<readonly RecordedConsent[]> {
  const secrets = await session.secrets();
  const rows = await session.list();
  const read = await pMap(
    rows.filter((row) => !('malformed' in row) && !isRetired(row)),
    async ({ name }): Promise<RecordedConsent[]> => {
      const stored = valueIfRead(await tryRead(() => secrets.readCredentials(name)));
      const parsed = stored?.kind === 'found' ? parseCredentials(stored.text, stored.clientText) : undefined;
      return parsed?.ok ? [{ connection: name, credentials: parsed.credentials }] : [];
    },
    { concurrency: READS_AT_ONCE },
  );
  return read.flat();
}

/** Consents that Zoho counts together. */
export interface ConsentGroup {
  readonly clientId: string;
  /** Undefined when it is not known of every consent of the client who gave it: then all of the client are counted. */
  readonly person: string | undefined;
  readonly consents: readonly RecordedConsent[];
}

/** By client and person where the person of each consent is known, otherwise by client. */
export function groupConsents(consents: readonly RecordedConsent[]): readonly ConsentGroup[] {
  const clients = [...groupBy(consents, ({ credentials }) => credentials.clientId)];
  return clients.flatMap(([clientId, ofClient]): readonly ConsentGroup[] => {
    const isKnown = ofClient.every(({ credentials }) => credentials.authorizedBy?.zuid !== undefined);
    if (!isKnown) return [{ clientId, person: undefined, consents: ofClient }];
    const persons = groupBy(ofClient, ({ credentials }) => credentials.authorizedBy?.zuid ?? '');
    return [...persons.values()].map((ofPerson) => ({
      clientId,
      person: describePerson(ofPerson[0]?.credentials.authorizedBy),
      consents: ofPerson,
    }));
  });
}

/** A warning from 15 consents on, with the connection that Zoho may end next; undefined below. */
export function warnOfConsents({ person, consents }: ConsentGroup): AuditFinding | undefined {
  const [oldest] = [...consents].sort((one, other) => authorizedMs(one) - authorizedMs(other));
  if (consents.length < WARN_FROM || oldest === undefined) return undefined;
  const who = person === undefined ? 'its client' : `its client and ${person}`;
  const counted = `${consents.length} of at most ${MOST_CONSENTS} consents of ${who} are in use`;
  const end =
    consents.length < MOST_CONSENTS
      ? 'Zoho ends the oldest at the 21st, and this is the oldest'
      : 'the next one may end this connection, the oldest';
  return {
    connection: oldest.connection,
    rule: 'many-consents',
    what: `${counted}: ${end}. Refresh tokens that are no longer used count too`,
    fix: 'Register another client for further connections, and revoke unused refresh tokens: zoho-tokens revoke NAME --unused',
  };
}

/** A time that is not recorded is the oldest. */
function authorizedMs({ credentials }: RecordedConsent): number {
  const ms = Date.parse(credentials.authorizedAt ?? '');
  return Number.isNaN(ms) ? 0 : ms;
}
