import type { Credentials } from '../../lambdas/core/secrets/credentials.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass, unknown } from './finding.ts';

/** Whether the authorization depends on the Zoho account of one user. */
export function judgeClientType(
  name: string,
  credentials: Pick<Credentials, 'clientType' | 'authorizedAt'> | undefined,
  nowMs: number,
): Finding {
  if (credentials === undefined) return unknown('not known: no valid credentials could be read');
  const { clientType } = credentials;
  const age = describeAge(credentials.authorizedAt, nowMs);
  if (clientType === 'self-client') {
    return fail(
      `self client: it stops working when the account of its user is closed; ${age}`,
      `Register a server-based client at https://api-console.zoho.com, then run: zoho-tokens authorize ${name}`,
    );
  }
  return clientType === undefined
    ? unknown(`type not recorded; ${age}`, `To record it, run: zoho-tokens authorize ${name}`)
    : pass(`${clientType}; ${age}`);
}

function describeAge(authorizedAt: string | undefined, nowMs: number): string {
  const atMs = Date.parse(authorizedAt ?? '');
  if (Number.isNaN(atMs)) return 'time of authorization not recorded';
  return `authorized ${formatDuration(nowMs - atMs)} ago`;
}
