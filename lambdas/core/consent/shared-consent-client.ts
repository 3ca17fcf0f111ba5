import type { Failure } from '../failures.ts';
import type { Redacted } from '../redacted.ts';
import {
  clientWithoutDataCenter,
  parseClient,
  type StoredClient,
  secretFor,
} from '../secrets/shared-client.ts';
import type { DataCenterLocation } from '../zoho/data-centers.ts';
import type { OAuthClient } from './oauth-client.ts';

/** A shared client to consent with, in one data center. */
export interface SharedConsentClient extends OAuthClient {
  readonly client: string;
  /** Where it is registered. */
  readonly dataCenter: DataCenterLocation;
  /** The new secret, while the client is being rotated. */
  readonly successor: ClientSuccessor | undefined;
}

export interface ClientSuccessor {
  readonly clientSecret: Redacted;
  readonly versions: { readonly fromVersionId: string; readonly pendingVersionId: string };
}

export type FoundClient =
  | { readonly ok: true; readonly client: SharedConsentClient }
  | { readonly ok: false; readonly failure: Failure };

/** The secret of a stored client in a data center, and the one that may replace it. */
export function consentClientOf(
  name: string,
  { current, pending }: StoredClient,
  dataCenter: DataCenterLocation,
): FoundClient {
  const parsed = parseClient(name, current.text);
  if (!parsed.ok) return parsed;
  const clientSecret = secretFor(parsed.client, dataCenter);
  if (clientSecret === undefined) return { ok: false, failure: clientWithoutDataCenter(name, dataCenter) };
  const next = pending && parseClient(name, pending.text);
  const nextSecret = next?.ok === true ? secretFor(next.client, dataCenter) : undefined;
  return {
    ok: true,
    client: {
      ...{ clientId: parsed.client.clientId, clientSecret, client: name },
      dataCenter: parsed.client.dataCenter,
      successor: nextSecret && {
        clientSecret: nextSecret,
        versions: { fromVersionId: current.versionId, pendingVersionId: pending?.versionId ?? '' },
      },
    },
  };
}
