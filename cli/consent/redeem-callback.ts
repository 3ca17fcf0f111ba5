import { whoConsented } from '../../lambdas/adapters/consent/who-consented.ts';
import type { Callback } from '../../lambdas/core/consent/callback.ts';
import { adviseOnRefusal } from '../../lambdas/core/consent/consent-advice.ts';
import type { Grant } from '../../lambdas/core/consent/grant.ts';
import { DATA_CENTERS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import type { ConsentClient } from '../clients/find-client-secret.ts';
import type { Session } from '../session.ts';
import { zohoRefusal } from '../zoho/zoho-refusal.ts';
import { confirmSandbox } from './confirm-sandbox.ts';
import { exchangeForConsent } from './exchange-for-consent.ts';
import type { RedirectUri } from './redirect-uri.ts';

/** What the user was asked to consent to. */
export interface RequestedConsent {
  readonly client: ConsentClient;
  readonly dataCenter: DataCenterLocation;
  readonly redirectUri: RedirectUri;
  readonly scopes: readonly string[];
  /** Whether the user may pick a sandbox of the CRM without a question. */
  readonly acceptsSandbox: boolean;
}

/** Exchanges the code of a redirect for a grant. Throws {@link CliError} when there is no code or Zoho refuses it. */
export async function redeemCallback(
  session: Session,
  consent: RequestedConsent & { readonly shownAtMs: number },
  callback: Callback,
): Promise<Grant> {
  const { code, dataCenter = consent.dataCenter } = requireCode(callback, {
    scopes: consent.scopes,
    afterMs: session.runtime.clock.now() - consent.shownAtMs,
  });
  const { terminal, clock } = session.runtime;
  if (dataCenter !== consent.dataCenter) {
    terminal.info(
      terminal.infoColors.yellow(
        `The Zoho account is in data center ${dataCenter}, not ${consent.dataCenter}. Storing ${dataCenter}.`,
      ),
    );
  }
  const { client, redirectUri } = consent;
  const response = await exchangeForConsent(session, {
    ...{ dataCenter, client, code, redirectUri: redirectUri.text },
  });
  if (response.kind === 'refused') {
    const isSecretRejected = response.failure.code === 'invalid_client_secret';
    const fix = !isSecretRejected
      ? 'Start again.'
      : client.client === undefined
        ? 'Start again, with the client secret that https://api-console.zoho.com shows for this client ID.'
        : `Copy the secret of the client ${client.client} from https://api-console.zoho.com, run: zoho-tokens client rotate ${client.client}. Then start again.`;
    throw zohoRefusal(response.failure, { retry: 'Start again.', fix });
  }
  if (response.refreshToken === undefined) throw noRefreshToken(dataCenter);
  const { refreshToken, scope, accessToken, isSandbox } = response;
  const grant: Grant = {
    ...{ client, refreshToken, dataCenter, scope, clientType: 'server-based' },
    authorizedAtMs: clock.now(),
    authorizedBy: await whoConsented(session.accounts, { dataCenter, accessToken, scope }, session.signal),
  };
  if (isSandbox && !consent.acceptsSandbox) await confirmSandbox(session, grant);
  return grant;
}

function requireCode(
  callback: Callback,
  circumstances: Parameters<typeof adviseOnRefusal>[1],
): Callback & { kind: 'code' } {
  if (callback.kind === 'code') return callback;
  const { message, nextStep } = adviseOnRefusal(callback, circumstances);
  throw new CliError(message, nextStep);
}

function noRefreshToken(dataCenter: DataCenterLocation): CliError {
  const { host } = new URL(DATA_CENTERS[dataCenter].accountsServer);
  return new CliError(
    'Zoho returned no refresh token, so the connection would stop working within an hour. Nothing was changed.',
    `Start again. If it happens again, revoke the app at ${host} (Sessions, Connected Apps), which also ends its earlier tokens, and start again.`,
  );
}
