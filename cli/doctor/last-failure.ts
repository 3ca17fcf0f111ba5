import { type Connection, hasValidToken } from '../../lambdas/core/connection/connection.ts';
import {
  classOf,
  type FailureClass,
  type FailureCode,
  isClientFailure,
} from '../../lambdas/core/failures.ts';
import { adviseOnClient, adviseOnRefusedSecret } from '../clients/client-advice.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass } from './finding.ts';

/** Codes of credentials that cannot be used as they are. */
const NOT_SENT_TO_ZOHO: readonly FailureCode[] = ['malformed_credentials', 'unknown_data_center'];

type JudgedConnection = Pick<
  Connection,
  'name' | 'status' | 'lastFailure' | 'token' | 'client' | 'dataCenter'
>;

/** Zoho's refusals of the credentials. */
const REFUSALS: readonly FailureClass[] = ['reauthorize', 'configuration'];

/**
 * Why the last attempt failed. A failure that is retried fails this check only when there is no valid token left. A refusal always
 * does: Zoho may have ended the published token with the refresh token.
 */
export function judgeLastFailure(connection: JudgedConnection, nowMs: number): Finding {
  const { status, lastFailure } = connection;
  if (lastFailure === undefined) return pass('none');
  const failureClass = classOf(lastFailure.code);
  const when = `${formatDuration(nowMs - lastFailure.atMs)} ago`;
  const found = `${lastFailure.message} (${lastFailure.code}, ${failureClass}, ${when})`;
  // The check `registered` fails for a disabled connection.
  if (status === 'disabled') return pass(found);
  if (status !== 'blocked' && REFUSALS.includes(failureClass))
    return fail(found, waitOrAuthorize(connection));
  const needsAction = status === 'blocked' || failureClass === 'no-credentials';
  return needsAction || !hasValidToken(connection, nowMs)
    ? fail(found, fixOf(connection, lastFailure.code))
    : pass(found);
}

/** The refusal is not confirmed yet. */
function waitOrAuthorize(connection: JudgedConnection): string {
  const { name, lastFailure } = connection;
  const fix = lastFailure === undefined ? '' : fixOf(connection, lastFailure.code);
  return `Wait a few minutes, in which the refresher asks Zoho again before it blocks ${name}. If you know that the authorization has ended: ${fix}`;
}

function fixOf(connection: JudgedConnection, code: FailureCode): string {
  const { name, client } = connection;
  if (client !== undefined && isClientFailure(code)) return adviseOnClient(name, client, code);
  return adviseOnRefusedSecret(connection) ?? fixFor(name, code);
}

/** Zoho can be wrong, so it is asked again first, unless the credentials cannot be read. */
function fixFor(name: string, code: FailureCode): string {
  const askAgain = `Run: zoho-tokens refresh ${name}, which asks Zoho again. If it still refuses:`;
  const failureClass: FailureClass = classOf(code);
  switch (failureClass) {
    case 'reauthorize':
      return `${askAgain} zoho-tokens authorize ${name}`;
    case 'no-credentials':
      return `Run: zoho-tokens authorize ${name}`;
    case 'configuration':
      return !NOT_SENT_TO_ZOHO.includes(code)
        ? `${askAgain} zoho-tokens doctor ${name} --probe-data-centers, or: zoho-tokens authorize ${name}`
        : `Run: zoho-tokens authorize ${name}`;
    case 'throttled':
      return 'Wait: every further call prolongs the throttling. Find what else mints tokens with this refresh token: see docs/runbooks/ZohoThrottling.md.';
    case 'unusable-token':
      return 'Update the Zoho Token Refresher: a later version may publish longer tokens. See docs/runbooks/ContractChanged.md.';
    case 'aws':
    case 'transient':
      return 'The refresher retries. To find what is down, see docs/runbooks/RefreshFailing.md.';
    case 'undeclared':
    case 'switched-off':
      return `Run: zoho-tokens resume ${name}`;
  }
}
