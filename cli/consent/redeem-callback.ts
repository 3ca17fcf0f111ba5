import { exchangeCode } from '../../lambdas/adapters/consent/exchange-code.ts';
import type { Callback } from '../../lambdas/core/consent/callback.ts';
import type { Grant } from '../../lambdas/core/consent/grant.ts';
import type { OAuthClient } from '../../lambdas/core/consent/oauth-client.ts';
import { DATA_CENTERS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { zohoRefusal } from '../zoho/zoho-refusal.ts';
import type { RedirectUri } from './redirect-uri.ts';

/** What the user was asked to consent to. */
export interface RequestedConsent {
  readonly client: OAuthClient;
  readonly dataCenter: DataCenterLocation;
  readonly redirectUri: RedirectUri;
}

/** Exchanges the code of a redirect for a grant. Throws {@link CliError} when there is no code or Zoho refuses it. */
export async function redeemCallback(
  session: Session,
  consent: RequestedConsent,
  callback: Callback,
): Promise<Grant> {
  const { code, dataCenter = consent.dataCenter } = requireCode(callback);
  const { terminal, clock } = session.runtime;
  if (dataCenter !== consent.dataCenter) {
    terminal.info(
      terminal.infoColors.yellow(
        `The Zoho account is in data center ${dataCenter}, not ${consent.dataCenter}. Storing ${dataCenter}.`,
      ),
    );
  }
  const { client, redirectUri } = consent;
  const response = await exchangeCode(
    session.accounts,
    { dataCenter, client, code, redirectUri: redirectUri.text },
    session.signal(),
  );
  if (response.kind === 'refused') {
    const isSecretRejected = response.failure.code === 'invalid_client_secret';
    const fix = isSecretRejected
      ? 'Start again with another client secret than the current one: copy it from https://api-console.zoho.com.'
      : 'Start again.';
    throw zohoRefusal(response.failure, { retry: 'Start again.', fix });
  }
  if (response.refreshToken === undefined) throw noRefreshToken(dataCenter);
  const { refreshToken, scope } = response;
  return { client, refreshToken, dataCenter, clientType: 'server-based', scope, authorizedAtMs: clock.now() };
}

function requireCode(callback: Callback): Callback & { kind: 'code' } {
  switch (callback.kind) {
    case 'code':
      return callback;
    case 'denied':
      throw new CliError('Consent was denied at Zoho. Nothing was changed.', 'Start again, and accept.');
    case 'unknown-data-center':
      throw new CliError(
        'The redirect names an unknown data center, so its code was not sent anywhere. Nothing was changed.',
        'Check the address of the consent page. A new data center of Zoho needs a newer version of zoho-tokens.',
      );
    case 'error': {
      const word = callback.error === undefined ? '' : ` (${callback.error})`;
      throw new CliError(
        `Zoho rejected the consent request${word}. Nothing was changed.`,
        'Check the client id, scopes and redirect URI in the API console.',
      );
    }
  }
}

function noRefreshToken(dataCenter: DataCenterLocation): CliError {
  const { host } = new URL(DATA_CENTERS[dataCenter].accountsServer);
  return new CliError(
    'Zoho returned no refresh token, so the connection would stop working within an hour. Nothing was changed.',
    `Start again. If it happens again, revoke the app at ${host} (Sessions, Connected Apps), which also ends its earlier tokens, and start again.`,
  );
}
