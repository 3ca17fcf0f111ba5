import { exchangeCode } from '../../lambdas/adapters/consent/exchange-code.ts';
import { whoConsented } from '../../lambdas/adapters/consent/who-consented.ts';
import type { Grant } from '../../lambdas/core/consent/grant.ts';
import type { OAuthClient } from '../../lambdas/core/consent/oauth-client.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { zohoRefusal } from '../zoho/zoho-refusal.ts';
import type { PipedInput } from './piped-input.ts';
import { redeemAndStore, type StoreGrant } from './redeem-and-store.ts';

const NEW_CODE = 'Generate a new code and start again.';

/** Exchanges a code that the user generated in the API console. */
export async function consentAsSelfClient(
  session: Session,
  {
    client,
    dataCenter,
    piped,
  }: {
    readonly client: OAuthClient;
    readonly dataCenter: DataCenterLocation;
    readonly piped: PipedInput;
  },
  store: StoreGrant,
): Promise<Grant> {
  const { terminal, clock } = session.runtime;
  terminal.info(
    terminal.infoColors.yellow(
      'A self client stops working when the account of its user is closed. For production, register a server-based client.',
    ),
  );
  const code =
    piped.line ??
    (await terminal.prompts.secret({
      message: 'Code from the API console, tab "Generate Code" (valid for minutes, not shown)',
      withoutTerminal: 'Pipe in the code.',
    }));
  const redeem = async (): Promise<Grant> => {
    const exchange = { client, dataCenter, code, redirectUri: undefined };
    const response = await exchangeCode(session.accounts, exchange, session.signal());
    if (response.kind === 'refused') throw zohoRefusal(response.failure, { retry: NEW_CODE });
    const { refreshToken, scope, accessToken } = response;
    if (refreshToken === undefined)
      throw new CliError('Zoho returned no refresh token for this code. Nothing was changed.', NEW_CODE);
    return {
      client,
      refreshToken,
      dataCenter,
      clientType: 'self-client',
      scope,
      authorizedAtMs: clock.now(),
      authorizedBy: await whoConsented(session.accounts, { dataCenter, accessToken, scope }, session.signal),
    };
  };
  return await redeemAndStore(session.runtime, redeem, store);
}
