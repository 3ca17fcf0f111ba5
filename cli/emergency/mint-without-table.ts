import { publishOnlyFrom } from '../../lambdas/adapters/token-secrets.ts';
import { createZohoAccounts } from '../../lambdas/adapters/zoho-accounts.ts';
import type { LastPublished } from '../../lambdas/core/connection/lost-row.ts';
import { composeToken } from '../../lambdas/core/refresh/compose-token.ts';
import { judgeMintWithoutTable } from '../../lambdas/core/refresh/mint-without-table.ts';
import { isRotated, repeatsCredentials } from '../../lambdas/core/refresh/minted-token.ts';
import { CREDENTIALS_ECHOED } from '../../lambdas/core/refresh/refresh-failures.ts';
import { planRefresh } from '../../lambdas/core/refresh/renewal-times.ts';
import type { AccessToken } from '../../lambdas/core/secrets/access-token.ts';
import { type Credentials, parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import { watchClockSkew } from '../aws/clock-skew.ts';
import { CliError } from '../cli-error.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import { checkName } from '../connections/find-connection.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { Session } from '../session.ts';
import { zohoRefusal } from '../zoho/zoho-refusal.ts';
import { requireOutage } from './require-outage.ts';

/** The default margin of the refresher. The settings of the deployment cannot be relied on in an outage. */
const TIMING = { refreshMarginMs: 300_000, refreshJitterMs: 0 };

/** A clock that is off by more would give the token wrong times. */
const MAX_SKEW_MS = 60_000;

/** What is published, and the generation of the token that may replace it. */
interface Plan {
  readonly published: LastPublished;
  readonly generation: number;
}

/**
 * Mints and publishes a token without the lease, while DynamoDB is down. The fence of the token secret is kept: the token
 * is published only if the secret is still as it was seen. Returns what was published.
 */
export async function mintWithoutTable(
  session: Session,
  given: string,
  confirm: string | undefined,
): Promise<AccessToken> {
  const name = checkName(given);
  await requireOutage(session, name);
  const clockSkewMs = watchClockSkew(session.aws.secretsManager, session.runtime.clock);
  await plan(session, name);
  requireCorrectClock(clockSkewMs());
  await confirmByName(session, name, {
    confirm,
    consequence: `Zoho will be asked for a token of ${name} without the lease and the budget of the table. Nothing prevents that a paused connection gets one, or that someone else does the same now.`,
  });
  const { onInterrupt, terminal } = session.runtime;
  const release = onInterrupt(() =>
    terminal.info('Publishing the new token. This takes a few seconds and is not interrupted.'),
  );
  try {
    return await terminal.withProgress(`Getting a token of ${name} from Zoho`, () => mint(session, name));
  } finally {
    release();
  }
}

/** Everything after the confirmation, from what is published now. */
async function mint(session: Session, name: string): Promise<AccessToken> {
  const { published, generation } = await plan(session, name);
  const credentials = await readCredentials(session, name);
  const startedAtMs = session.runtime.clock.now();
  const response = await createZohoAccounts(session.accounts).refresh(credentials, session.signal());
  if (response.kind === 'refused')
    throw zohoRefusal(response.failure, {
      retry: 'Wait ten minutes before you try again: no one counts the calls.',
      fix: `Authorize it again when DynamoDB answers: zoho-tokens authorize ${name}`,
    });
  if (repeatsCredentials({ credentials, response }, response.accessToken.reveal()))
    throw zohoRefusal(CREDENTIALS_ECHOED, { retry: 'If a proxy is in between, ask its owner.' });
  const connection = {
    name,
    generation,
    token: published.token,
    apiDomain: published.token?.apiDomain,
    scope: published.token?.scope,
  };
  const token = composeToken(
    { connection, credentials, response, startedAtMs },
    (life) => planRefresh(life, TIMING, () => 0),
    published.token?.hasOwnMetrics,
  );
  await publish(session, token, published.versionId);
  if (isRotated({ credentials, response }))
    session.runtime.terminal.info(
      `Zoho sent a new refresh token, which is not stored. When Zoho refuses the one in use, run: zoho-tokens authorize ${name}`,
    );
  return token;
}

async function publish(session: Session, token: AccessToken, fromVersionId: string | undefined) {
  const { secretPrefix } = await session.deployment();
  const signal = session.signal();
  const result = await publishOnlyFrom(session.aws.secretsManager, secretPrefix, {
    token,
    fromVersionId,
    signal,
  });
  if (result.kind === 'published') return;
  const lost = `Zoho issued a token of ${token.connection}, which was not published`;
  if (result.kind === 'superseded')
    throw new CliError(
      `${lost}: something else has published one since.`,
      'Nothing was changed. Consumers read that one.',
    );
  const { code, message } = result.error.failure;
  throw new CliError(
    `${lost}: ${message}`,
    code === 'aws_access_denied'
      ? 'Ask for the permissions in docs/break-glass-policy.json, in addition to those of an operator.'
      : 'Nothing was changed. Wait ten minutes before you try again: no one counts the calls.',
  );
}

async function plan(session: Session, name: string): Promise<Plan> {
  const secrets = await session.secrets();
  const published = await secrets.lastPublished(name);
  if (published === undefined)
    throw new CliError(
      `There is no token secret ${secrets.nameOf(name, 'access-token')}.`,
      'Nothing was changed. Check the name of the connection, and --deployment.',
    );
  const nowMs = session.runtime.clock.now();
  const verdict = judgeMintWithoutTable(published, nowMs);
  if (verdict.allowed) return { published, generation: verdict.generation };
  throw new CliError(
    `The published token of ${name} is valid and less than ten minutes old.`,
    `Nothing was changed. Try again in ${formatDuration(verdict.retryAtMs - nowMs)}, if the table still does not answer.`,
  );
}

async function readCredentials(session: Session, name: string): Promise<Credentials> {
  const secrets = await session.secrets();
  const stored = await secrets.readCredentials(name);
  if (stored.kind === 'empty')
    throw new CliError(
      `${name} has no credentials: ${secrets.nameOf(name, 'credentials')} is empty or does not exist.`,
      'Nothing was changed. A connection that is being moved has its credentials in the old deployment.',
    );
  const parsed = parseCredentials(stored.text, stored.clientText);
  if (parsed.ok) return parsed.credentials;
  throw new CliError(parsed.failure.message, 'Nothing was changed.');
}

function requireCorrectClock(skewMs = 0): void {
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return;
  const direction = skewMs > 0 ? 'behind' : 'ahead of';
  throw new CliError(
    `The clock of this machine is ${formatDuration(Math.abs(skewMs))} ${direction} that of AWS: the token would get wrong times.`,
    'Nothing was changed. Set the clock, then try again.',
  );
}
