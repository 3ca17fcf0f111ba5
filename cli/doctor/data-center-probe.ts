import type { AccountsConnection } from '../../lambdas/adapters/accounts-request.ts';
import { createZohoAccounts } from '../../lambdas/adapters/zoho-accounts.ts';
import type { FailureCode } from '../../lambdas/core/failures.ts';
import type { Redacted } from '../../lambdas/core/redacted.ts';
import type { Credentials } from '../../lambdas/core/secrets/credentials.ts';
import {
  DATA_CENTER_LOCATIONS,
  DATA_CENTERS,
  type DataCenterLocation,
} from '../../lambdas/core/zoho/data-centers.ts';
import type { TokenResponse } from '../../lambdas/core/zoho/token-response.ts';
import { type Finding, fail, pass, unknown } from './finding.ts';

/**
 * What a data center's answer says about the credentials:
 * - `token`: they work there
 * - `client-known`: the client and its secret are known there, but not this refresh token
 * - `other-secret`: the client is known there with a different secret
 * - `unknown-client`: the client is not known there
 * - `not-asked`: the shared client of the credentials has no secret for it
 * - `no-verdict`: no answer, or an answer that says nothing about the client
 */
export type ProbeVerdict =
  | 'token'
  | 'client-known'
  | 'other-secret'
  | 'unknown-client'
  | 'not-asked'
  | 'no-verdict';

/** The result of trying the credentials at one data center. */
export interface Probe {
  readonly location: DataCenterLocation;
  readonly verdict: ProbeVerdict;
  readonly code: FailureCode | undefined;
}

/** All data centers except the one in the credentials. */
export function otherDataCenters({
  dataCenter,
}: Pick<Credentials, 'dataCenter'>): readonly DataCenterLocation[] {
  return DATA_CENTER_LOCATIONS.filter((location) => location !== dataCenter);
}

/**
 * Requests a token from each other data center, one after another, until one of them issues it. That token is discarded: it
 * only shows where the account is. Credentials are sent only to the accounts servers in the table of data centers.
 */
export async function probeDataCenters(
  accounts: AccountsConnection,
  credentials: Credentials,
  {
    signal,
    onProbe,
    secretIn = () => credentials.clientSecret,
  }: {
    readonly signal: () => AbortSignal;
    readonly onProbe: (location: DataCenterLocation) => void;
    /** The secret of the client in a data center; undefined if it has none. @default the one of the credentials */
    readonly secretIn?: ((location: DataCenterLocation) => Redacted | undefined) | undefined;
  },
): Promise<readonly Probe[]> {
  const zoho = createZohoAccounts(accounts);
  const probes: Probe[] = [];
  for (const location of otherDataCenters(credentials)) {
    const clientSecret = secretIn(location);
    if (clientSecret === undefined) {
      probes.push({ location, verdict: 'not-asked', code: undefined });
      continue;
    }
    onProbe(location);
    const there = { ...credentials, clientSecret, dataCenter: location };
    const probe = toProbe(location, await zoho.refresh(there, signal()));
    probes.push(probe);
    if (probe.verdict === 'token') break;
  }
  return probes;
}

/** What one answer says about the client. Source of the answers' meaning: `core/zoho/token-response.ts`. */
export function toProbe(location: DataCenterLocation, response: TokenResponse): Probe {
  if (response.kind === 'token') return { location, verdict: 'token', code: undefined };
  const { code } = response.failure;
  switch (code) {
    case 'invalid_code':
    case 'invalid_grant':
    case 'invalid_token':
      return { location, verdict: 'client-known', code };
    case 'invalid_client_secret':
      return { location, verdict: 'other-secret', code };
    case 'invalid_client':
      return { location, verdict: 'unknown-client', code };
    default:
      return { location, verdict: 'no-verdict', code };
  }
}

/** The finding from all probes. `refusal` is the reason why the credentials' own data center last refused them. */
export function judgeProbes(
  probes: readonly Probe[],
  {
    name,
    own,
    refusal,
    secretFix,
  }: {
    readonly name: string;
    readonly own: DataCenterLocation;
    readonly refusal: FailureCode | undefined;
    /** What to do if it refuses only the secret of the client. */
    readonly secretFix: string | undefined;
  },
): Finding {
  const lines = probes.map(describeProbe);
  const home = probes.find(({ verdict }) => verdict === 'token');
  if (home !== undefined) {
    return fail(
      `the account is in ${home.location}, not in ${own}: Zoho issued a token there`,
      `Run: zoho-tokens authorize ${name} --data-center ${home.location}. Or set "data_center":"${home.location}" in the credentials secret.`,
      lines,
    );
  }
  if (secretFix !== undefined)
    return fail(
      `no other data center issued a token: the secret was probably regenerated in ${own}`,
      secretFix,
      lines,
    );
  const known = probes.filter(({ verdict }) => verdict === 'client-known' || verdict === 'other-secret');
  const [first] = known;
  const isUnknownAtHome = refusal === 'invalid_client' || refusal === 'invalid_client_secret';
  if (first !== undefined && isUnknownAtHome) {
    return fail(
      `no other data center issues a token, but the client is known in ${locationsOf(known)}`,
      `If the account is there, run: zoho-tokens authorize ${name} --data-center ${first.location}`,
      lines,
    );
  }
  const silent = probes.filter(({ verdict }) => verdict === 'no-verdict');
  if (silent.length > 0) {
    return unknown(
      `no other data center issued a token; no verdict from ${locationsOf(silent)}`,
      'Try again in ten minutes.',
      lines,
    );
  }
  return isUnknownAtHome
    ? fail(
        'no other data center knows the client: it was deleted, or its id or secret is wrong',
        `Look for the client at https://api-console.zoho.com, then run: zoho-tokens authorize ${name}`,
        lines,
      )
    : pass(`no other data center issues a token for these credentials; they belong to ${own}`, lines);
}

function describeProbe({ location, verdict, code }: Probe): string {
  const { host } = new URL(DATA_CENTERS[location].accountsServer);
  switch (verdict) {
    case 'token':
      return `${location} (${host}): token issued, the account is here`;
    case 'client-known':
      return `${location} (${host}): ${code}, the client is known here, but not this refresh token`;
    case 'other-secret':
      return `${location} (${host}): ${code}, the client is known here with a different secret`;
    case 'unknown-client':
      return `${location} (${host}): ${code}, the client is not known here`;
    case 'not-asked':
      return `${location} (${host}): not asked, the client has no secret for it`;
    case 'no-verdict':
      return `${location} (${host}): ${code}, says nothing about the client`;
  }
}

function locationsOf(probes: readonly Probe[]): string {
  return probes.map(({ location }) => location).join(', ');
}
