import { createZohoAccounts } from '../../lambdas/adapters/zoho-accounts.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { OAuthClient } from '../zoho/oauth-client.ts';
import { refusedByZoho } from '../zoho/zoho-refusal.ts';
import type { PipedInput } from './find-client.ts';
import type { Grant } from './grant.ts';
import { uninterrupted } from './redeem-and-store.ts';

/** Takes a refresh token from elsewhere, once Zoho has shown that it is good: that costs one of its ten tokens in ten minutes. */
export async function importRefreshToken(
  session: Session,
  given: {
    readonly name: string;
    readonly client: OAuthClient;
    readonly dataCenter: DataCenterLocation;
    readonly piped: PipedInput;
  },
  use: (grant: Grant) => Promise<void>,
): Promise<void> {
  const { name, client, dataCenter, piped } = given;
  const refreshToken =
    piped.refreshToken ??
    piped.line ??
    (await session.machine.terminal.prompts.secret({
      message: `Refresh token of ${name} (not shown)`,
      otherwise: 'Pipe it in: one line, or {"client_id","client_secret","refresh_token"}.',
    }));
  if (refreshToken.reveal().length < 20) throw new UsageError('That is too short for a refresh token.');
  await uninterrupted(session.machine, async () => {
    const credentials = {
      ...client,
      ...{ refreshToken, dataCenter },
      ...{ clientType: undefined, scope: undefined, authorizedAt: undefined },
    };
    const response = await createZohoAccounts(session.accounts).refresh(credentials, session.signal());
    if (response.kind === 'refused') {
      throw refusedByZoho(response.failure, {
        again: 'Try again.',
        mend: `It was tried at ${dataCenter}: give --data-center if the account lives elsewhere.`,
      });
    }
    const { scope } = response;
    await use({ client, refreshToken, dataCenter, clientType: undefined, scope, authorizedAtMs: undefined });
  });
}
