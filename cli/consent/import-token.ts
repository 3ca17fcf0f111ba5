import { whoConsented } from '../../lambdas/adapters/consent/who-consented.ts';
import { createZohoAccounts } from '../../lambdas/adapters/zoho-accounts.ts';
import type { Grant } from '../../lambdas/core/consent/grant.ts';
import type { OAuthClient } from '../../lambdas/core/consent/oauth-client.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { zohoRefusal } from '../zoho/zoho-refusal.ts';
import type { PipedInput } from './piped-input.ts';
import { redeemAndStore, type StoreGrant } from './redeem-and-store.ts';

/** Stores an existing refresh token after checking it at Zoho, which costs one of the ten tokens per ten minutes. */
export async function importRefreshToken(
  session: Session,
  given: {
    readonly name: string;
    readonly client: OAuthClient;
    readonly dataCenter: DataCenterLocation;
    readonly piped: PipedInput;
  },
  store: StoreGrant,
): Promise<Grant> {
  const { name, client, dataCenter, piped } = given;
  const refreshToken =
    piped.refreshToken ??
    piped.line ??
    (await session.runtime.terminal.prompts.secret({
      message: `Refresh token of ${name} (not shown)`,
      withoutTerminal: piped.isJson
        ? 'The JSON on stdin has no refresh_token.'
        : 'Pipe it in, as one line or as {"client_id","client_secret","refresh_token","data_center"}.',
    }));
  if (refreshToken.reveal().length < 20) {
    throw new UsageError(
      'The refresh token is too short to be one (value omitted).',
      'Nothing was sent to Zoho. Check the input.',
    );
  }
  const redeem = async (): Promise<Grant> => {
    const credentials = {
      ...client,
      ...{ refreshToken, dataCenter },
      ...{ clientType: undefined, scope: undefined, authorizedAt: undefined },
    };
    const response = await createZohoAccounts(session.accounts).refresh(credentials, session.signal());
    if (response.kind === 'refused') {
      throw zohoRefusal(response.failure, {
        retry: 'Try again.',
        fix: `It was tried in data center ${dataCenter}. If the account is in another one, use --data-center.`,
      });
    }
    const { scope } = response;
    const authorizedBy = await whoConsented(
      session.accounts,
      { dataCenter, accessToken: response.accessToken, scope },
      session.signal,
    );
    return {
      ...{ client, refreshToken, dataCenter, scope, authorizedBy },
      ...{ clientType: undefined, authorizedAtMs: undefined },
    };
  };
  return await redeemAndStore(session.runtime, redeem, store);
}
