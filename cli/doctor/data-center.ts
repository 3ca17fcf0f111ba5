import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { Credentials } from '../../lambdas/core/secrets/credentials.ts';
import { isVersionIn } from '../../lambdas/core/secrets/shared-client.ts';
import {
  DATA_CENTERS,
  type DataCenterLocation,
  isDataCenterLocation,
  isHostOf,
} from '../../lambdas/core/zoho/data-centers.ts';
import { adviseOnRefusedSecret } from '../clients/client-advice.ts';
import { type Finding, fail, pass, unknown } from './finding.ts';

/** Everything that says where a connection's Zoho account is. */
export interface DataCenterFacts {
  readonly name: string;
  readonly credentials: Pick<Credentials, 'dataCenter'> | undefined;
  /** Version of the credentials secret that was read. */
  readonly versionId: string | undefined;
  readonly row:
    | Pick<
        Connection,
        | 'dataCenter'
        | 'apiDomain'
        | 'ignoredApiDomain'
        | 'lastFailure'
        | 'credentialsVersionId'
        | 'client'
        | 'token'
      >
    | undefined;
  /** From the declaration or the tags. */
  readonly specified: DataCenterLocation | undefined;
}

/** Refusals that a wrong data center may cause. Source: `core/zoho/token-response.ts`. */
const REFUSALS_OF_A_WRONG_DATA_CENTER = ['invalid_client', 'invalid_client_secret', 'unknown_data_center'];

/** Whether all sources name the same data center, and whether Zoho knows the client there. */
export function judgeDataCenter(facts: DataCenterFacts): Finding {
  const { name, credentials, versionId, row, specified } = facts;
  const recorded = isDataCenterLocation(row?.dataCenter) ? row.dataCenter : undefined;
  const location = credentials?.dataCenter ?? recorded;
  if (location === undefined) {
    const expected = specified === undefined ? '' : `; ${specified} is specified`;
    return unknown(`not known: no valid credentials could be read${expected}`);
  }
  if (specified !== undefined && specified !== location) {
    return fail(
      `the credentials are for ${location}, but ${specified} is specified`,
      `Correct the declaration, or run: zoho-tokens authorize ${name} --data-center ${specified}`,
    );
  }
  const usedVersionId = row?.credentialsVersionId;
  if (versionId !== undefined && usedVersionId !== undefined && !isVersionIn(usedVersionId, versionId)) {
    return unknown(
      `${location}; the current credentials have not been used yet`,
      `Run: zoho-tokens refresh ${name}`,
    );
  }
  const refusal = row?.lastFailure?.code;
  const secretFix = row && adviseOnRefusedSecret({ ...row, name, dataCenter: location });
  if (secretFix !== undefined) {
    return row?.client === undefined
      ? fail(
          `${location}, where Zoho refuses the client secret, which it accepted before: it was probably regenerated`,
          `${secretFix} If the account was moved to another data center instead: zoho-tokens doctor ${name} --probe-data-centers`,
        )
      : fail(`${location}, where Zoho refuses the secret of the client ${row.client}`, secretFix);
  }
  if (refusal !== undefined && REFUSALS_OF_A_WRONG_DATA_CENTER.includes(refusal)) {
    return fail(
      `${location}, where Zoho answered ${refusal}: the data center may be wrong`,
      `Run: zoho-tokens doctor ${name} --probe-data-centers`,
    );
  }
  return judgeApiDomain(facts, location);
}

/** The refresher publishes an `api_domain` of the credentials' data center only. Earlier versions published any. */
function judgeApiDomain({ name, row, specified }: DataCenterFacts, location: DataCenterLocation): Finding {
  const { apiDomain, ignoredApiDomain } = row ?? {};
  const own = DATA_CENTERS[location];
  if (apiDomain !== undefined && !isHostOf(own.location, new URL(apiDomain).hostname)) {
    return fail(
      `the credentials are for ${location}, but API calls go to ${apiDomain}, which belongs to another data center`,
      `Run: zoho-tokens refresh ${name}`,
    );
  }
  if (ignoredApiDomain !== undefined) {
    return fail(
      `Zoho names ${ignoredApiDomain} as api_domain, which is not a host of ${location}: it is ignored, and API calls go to ${apiDomain ?? own.apiDomain}`,
      `Check whether the account was moved: zoho-tokens doctor ${name} --probe-data-centers. If the host is a new one of Zoho's, update the Zoho Token Refresher.`,
    );
  }
  const source = specified === undefined ? 'none specified' : 'as specified';
  const usual = apiDomain === own.apiDomain ? '' : `, not to the usual ${own.apiDomain}`;
  return pass(
    `${location}, ${source}${apiDomain === undefined ? '' : `; API calls go to ${apiDomain}${usual}`}`,
  );
}
