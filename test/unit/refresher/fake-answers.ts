import { type FailureCode, InfrastructureError } from '../../../lambdas/core/failures.ts';
import type { Sender } from '../../../lambdas/core/incidents/notification.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import type { TokenResponse } from '../../../lambdas/core/zoho/token-response.ts';
import { ACCESS_TOKEN, failureOf, HOUR_MS } from '../../support/builders.ts';

/** What Zoho answers by default. */
export const MINTED = {
  kind: 'token',
  accessToken: new Redacted(ACCESS_TOKEN),
  refreshToken: undefined,
  apiDomain: 'https://www.zohoapis.eu',
  unknownApiHost: undefined,
  scope: 'ZohoCRM.modules.ALL',
  lifetimeMs: HOUR_MS,
} as const satisfies TokenResponse;

/** The sender of a deployment that notifies. */
export const SENDER: Sender = {
  secretPrefix: 'zoho',
  partition: 'aws',
  account: '000000000000',
  region: 'eu-west-1',
  runbookBaseUrl: 'https://runbooks.example',
};

/** A port that fails. */
export function throws(code: FailureCode): () => never {
  return () => {
    throw new InfrastructureError(failureOf(code));
  };
}
