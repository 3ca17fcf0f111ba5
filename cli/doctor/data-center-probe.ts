import type { AccountsConnection } from '../../lambdas/adapters/accounts-request.ts';
import { createZohoAccounts } from '../../lambdas/adapters/zoho-accounts.ts';
import type { FailureCode } from '../../lambdas/core/failures.ts';
import type { Credentials } from '../../lambdas/core/secrets/credentials.ts';
import {
  DATA_CENTER_LOCATIONS,
  DATA_CENTERS,
  type DataCenterLocation,
} from '../../lambdas/core/zoho/data-centers.ts';
import type { TokenResponse } from '../../lambdas/core/zoho/token-response.ts';
import { type Finding, fail, pass, unknown } from './finding.ts';

/**
 * - `token`: the credentials work there
 * - `client-known`: the client and its secret are known there, this refresh token is not
 * - `other-secret`: the client is known there by another secret
 * - `unknown-client`: the client is not known there
 * - `no-verdict`: no answer, or one that says nothing of the client
 */
export type ProbeVerdict = 'token' | 'client-known' | 'other-secret' | 'unknown-client' | 'no-verdict';

/** What one data center made of the credentials. */
export interface Probe {
  readonly location: DataCenterLocation;
  readonly verdict: ProbeVerdict;
  readonly code: FailureCode | undefined;
}

/** The data centers that the credentials do not name. */
export function otherDataCenters({
  dataCenter,
}: Pick<Credentials, 'dataCenter'>): readonly DataCenterLocation[] {
  return DATA_CENTER_LOCATIONS.filter((location) => location !== dataCenter);
}

/**
 * Asks the other data centers for a token, one after another, once each, until one gives it. The token is dropped: it was
 * only to show where the account lives. Credentials go to accounts servers of the table and nowhere else.
 */
export async function probeDataCenters(
  accounts: AccountsConnection,
  credentials: Credentials,
  {
    signal,
    onProbe,
  }: { readonly signal: () => AbortSignal; readonly onProbe: (location: DataCenterLocation) => void },
): Promise<readonly Probe[]> {
  const zoho = createZohoAccounts(accounts);
  const probes: Probe[] = [];
  for (const location of otherDataCenters(credentials)) {
    onProbe(location);
    const probe = toProbe(location, await zoho.refresh({ ...credentials, dataCenter: location }, signal()));
    probes.push(probe);
    if (probe.verdict === 'token') break;
  }
  return probes;
}

/** What an answer says of where the client lives. Source of the answers' meaning: `core/token-response.ts`. */
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

/** What all the answers together say. `refusal`: why the credentials' own data center refused them last. */
export function judgeProbes(
  probes: readonly Probe[],
  {
    name,
    own,
    refusal,
  }: { readonly name: string; readonly own: DataCenterLocation; readonly refusal: FailureCode | undefined },
): Finding {
  const lines = probes.map(inWords);
  const home = probes.find(({ verdict }) => verdict === 'token');
  if (home !== undefined) {
    return fail(
      `the account lives in ${home.location}, not in ${own}: Zoho gave a token there`,
      `Write "data_center":"${home.location}" into the credentials, or: zoho-tokens authorize ${name} --data-center ${home.location}`,
      lines,
    );
  }
  const known = probes.filter(({ verdict }) => verdict === 'client-known' || verdict === 'other-secret');
  const [first] = known;
  const isUnknownAtHome = refusal === 'invalid_client' || refusal === 'invalid_client_secret';
  if (first !== undefined && isUnknownAtHome) {
    return fail(
      `no other data center gives a token, but the client is known in ${locationsOf(known)}`,
      `If the account lives there: zoho-tokens authorize ${name} --data-center ${first.location}`,
      lines,
    );
  }
  const silent = probes.filter(({ verdict }) => verdict === 'no-verdict');
  if (silent.length > 0) {
    return unknown(
      `no other data center gave a token; ${locationsOf(silent)} said nothing of the client`,
      'Try again in ten minutes.',
      lines,
    );
  }
  return isUnknownAtHome
    ? fail(
        'no other data center knows the client: it was deleted, or its id or secret is wrong',
        `Look for it in https://api-console.zoho.com, then: zoho-tokens authorize ${name}`,
        lines,
      )
    : pass(`no other data center gives a token for these credentials, of ${own}`, lines);
}

function inWords({ location, verdict, code }: Probe): string {
  const { host } = new URL(DATA_CENTERS[location].accountsServer);
  switch (verdict) {
    case 'token':
      return `${location} (${host}): a token: the account lives here`;
    case 'client-known':
      return `${location} (${host}): ${code}: the client is known here, this refresh token is not`;
    case 'other-secret':
      return `${location} (${host}): ${code}: the client is known here, by another secret`;
    case 'unknown-client':
      return `${location} (${host}): ${code}: the client is not known here`;
    case 'no-verdict':
      return `${location} (${host}): ${code}: says nothing of the client`;
  }
}

function locationsOf(probes: readonly Probe[]): string {
  return probes.map(({ location }) => location).join(', ');
}
