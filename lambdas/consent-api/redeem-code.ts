import type { SharedConsentClient } from '../core/consent/shared-consent-client.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import type { Invite, Stage } from '../core/invites/invite.ts';
import { beginExchange } from '../core/invites/invite-transitions.ts';
import type { Redacted } from '../core/redacted.ts';
import { advanceInvite } from './advance-invite.ts';
import { exchangeCode } from './exchange-code.ts';
import { writeInvite } from './write-invite.ts';

type Exchanging = Extract<Stage, { kind: 'exchanging' }>;

/** Claims the invite with a lease, exchanges the code, and goes on as far as possible. Throws `InviteTakenError` before the exchange. */
export async function redeemCode(
  context: ConsentContext,
  invite: Invite,
  {
    exchange,
    code,
    client,
  }: {
    readonly exchange: Omit<Exchanging, 'kind' | 'atMs'>;
    readonly code: Redacted;
    readonly client: SharedConsentClient;
  },
): Promise<Invite> {
  const owner = context.entropy.id();
  const claimed = await writeInvite(context, beginExchange(invite, exchange, owner, context.clock.now()));
  const exchanged = await exchangeCode(context, claimed as Invite & { stage: Exchanging }, { code, client });
  return await advanceInvite(context, exchanged);
}
