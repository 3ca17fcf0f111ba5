import type { Credentials } from '../../lambdas/core/secrets/credentials.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass, unknown } from './finding.ts';

/** Whether the authorization outlives the person who gave it. */
export function judgeClientType(
  name: string,
  credentials: Pick<Credentials, 'clientType' | 'authorizedAt'> | undefined,
  nowMs: number,
): Finding {
  if (credentials === undefined) return unknown('there are no credentials that can be read');
  const { clientType } = credentials;
  const age = ageInWords(credentials.authorizedAt, nowMs);
  if (clientType === 'self-client') {
    return fail(
      `self-client: it belongs to one person's account and ends with it; ${age}`,
      `Register a server-based client in https://api-console.zoho.com, then: zoho-tokens authorize ${name}`,
    );
  }
  return clientType === undefined
    ? unknown(`not recorded; ${age}`, `zoho-tokens authorize ${name} records it.`)
    : pass(`${clientType}; ${age}`);
}

function ageInWords(authorizedAt: string | undefined, nowMs: number): string {
  const atMs = Date.parse(authorizedAt ?? '');
  if (Number.isNaN(atMs)) return 'when it was authorized is not recorded';
  return `authorized ${formatDuration(nowMs - atMs)} ago`;
}
