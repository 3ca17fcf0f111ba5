import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { exchangeCode } from '../zoho/exchange-code.ts';
import type { OAuthClient } from '../zoho/oauth-client.ts';
import { refusedByZoho } from '../zoho/zoho-refusal.ts';
import type { PipedInput } from './find-client.ts';
import type { Grant } from './grant.ts';
import { uninterrupted } from './redeem-and-store.ts';

/** Takes a code that was made in the API console. */
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
  use: (grant: Grant) => Promise<void>,
): Promise<void> {
  const { terminal, clock } = session.machine;
  terminal.say(
    terminal.sideColors.yellow(
      "A self client belongs to one person's account and ends with it: register a server-based client for production.",
    ),
  );
  const code =
    piped.line ??
    (await terminal.prompts.secret({
      message: 'Code of the API console, tab "Generate Code" (it lives for minutes; not shown)',
      otherwise: 'Pipe the code in.',
    }));
  await uninterrupted(session.machine, async () => {
    const exchange = { client, dataCenter, code, redirectUri: undefined };
    const response = await exchangeCode(session.accounts, exchange, session.signal());
    if (response.kind === 'refused') {
      throw refusedByZoho(response.failure, { again: 'Make a new code and start again.' });
    }
    const { refreshToken, scope } = response;
    if (refreshToken === undefined) {
      throw new CliError(
        'Zoho gave no refresh token for this code. Nothing was changed.',
        'Make a new code and start again.',
      );
    }
    await use({
      client,
      refreshToken,
      dataCenter,
      clientType: 'self-client',
      scope,
      authorizedAtMs: clock.now(),
    });
  });
}
