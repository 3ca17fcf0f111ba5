import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { Credentials } from '../../lambdas/core/secrets/credentials.ts';
import {
  DATA_CENTERS,
  type DataCenterLocation,
  isDataCenterLocation,
  isHostOf,
} from '../../lambdas/core/zoho/data-centers.ts';
import { type Finding, fail, pass, unknown } from './finding.ts';

/** What is known of where a connection's account lives. */
export interface DataCenterFacts {
  readonly name: string;
  readonly credentials: Pick<Credentials, 'dataCenter'> | undefined;
  /** Version of the credentials secret that was read. */
  readonly versionId: string | undefined;
  readonly row:
    | Pick<Connection, 'dataCenter' | 'apiDomain' | 'lastFailure' | 'credentialsVersionId'>
    | undefined;
  /** As declared or tagged. */
  readonly intended: DataCenterLocation | undefined;
}

/** Refusals that a wrong data center looks like. Source: `core/token-response.ts`. */
const LOOKS_LIKE_A_WRONG_ONE = ['invalid_client', 'invalid_client_secret', 'unknown_data_center'];

/** Whether everything that names a data center names the same one, and whether Zoho knows the client there. */
export function judgeDataCenter(facts: DataCenterFacts): Finding {
  const { name, credentials, versionId, row, intended } = facts;
  const learnt = isDataCenterLocation(row?.dataCenter) ? row.dataCenter : undefined;
  const location = credentials?.dataCenter ?? learnt;
  if (location === undefined) {
    const meant = intended === undefined ? '' : `; it is meant to be ${intended}`;
    return unknown(`nobody knows it yet, there are no credentials that can be read${meant}`);
  }
  if (intended !== undefined && intended !== location) {
    return fail(
      `the credentials are of ${location}, but ${intended} was declared`,
      `Correct the declaration, or: zoho-tokens authorize ${name} --data-center ${intended}`,
    );
  }
  if (
    versionId !== undefined &&
    row?.credentialsVersionId !== undefined &&
    versionId !== row.credentialsVersionId
  )
    return unknown(`${location}; these credentials have not been tried yet`, `zoho-tokens refresh ${name}`);
  const refusal = row?.lastFailure?.code;
  if (refusal !== undefined && LOOKS_LIKE_A_WRONG_ONE.includes(refusal)) {
    return fail(
      `${location}, where Zoho answered ${refusal}: a wrong data center is a likely cause`,
      `zoho-tokens doctor ${name} --probe-data-centers`,
    );
  }
  return judgeApiDomain(facts, location);
}

/** A client library sends a token to hosts of its own data center only. */
function judgeApiDomain({ name, row, intended }: DataCenterFacts, location: DataCenterLocation): Finding {
  const { apiDomain } = row ?? {};
  if (apiDomain !== undefined && !isHostOf(DATA_CENTERS[location], new URL(apiDomain).hostname)) {
    return fail(
      `the credentials are of ${location}, but Zoho names ${apiDomain} for API calls: consumers refuse it`,
      `zoho-tokens doctor ${name} --probe-data-centers`,
    );
  }
  const who = intended === undefined ? 'nobody declared one' : 'as declared';
  return pass(`${location}, ${who}${apiDomain === undefined ? '' : `; API calls go to ${apiDomain}`}`);
}
