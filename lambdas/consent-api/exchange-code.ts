import { exchangeWithSuccessor } from '../core/consent/exchange-with-successor.ts';
import type { SharedConsentClient } from '../core/consent/shared-consent-client.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import { judgeRefusal } from '../core/invites/exchange-outcome.ts';
import type { Ending, HeldGrant, Invite, Stage } from '../core/invites/invite.ts';
import { endAttempt, failed, holdGrant, recordLost } from '../core/invites/invite-transitions.ts';
import type { Redacted } from '../core/redacted.ts';
import type { CodeResponse } from '../core/zoho/code-response.ts';
import { formatTokens } from './grant-tokens.ts';
import { InviteTakenError, reportEnding, writeInvite } from './write-invite.ts';

type Exchanging = Invite & { readonly stage: Extract<Stage, { kind: 'exchanging' }> };
type Granted = Extract<CodeResponse, { kind: 'granted' }>;

/**
 * Exchanges the code of an invite whose row says so already. What Zoho issues is sealed into the row before anything else happens. If it cannot
 * be sealed, it is revoked; if neither succeeds, the row still says that an exchange began, and the sweep records that a refresh token may
 * exist.
 */
export async function exchangeCode(
  context: ConsentContext,
  invite: Exchanging,
  { code, client }: { readonly code: Redacted; readonly client: SharedConsentClient },
): Promise<Invite> {
  const { stage } = invite;
  const { attempt, dataCenter } = stage;
  const { response, usedSuccessor } = await exchangeWithSuccessor(
    (clientSecret) => {
      const redirectUri = `${context.settings.baseUrl}/callback`;
      const oauth = { clientId: client.clientId, clientSecret };
      return context.zoho.exchange({ dataCenter, client: oauth, code, redirectUri }, context.deadline);
    },
    client.clientSecret,
    client.successor?.clientSecret,
  );
  if (response.kind === 'refused') {
    const { reason, mayExist } = judgeRefusal(response.failure.code);
    const { code: failure, message } = response.failure;
    context.log.warn('Zoho refused a code', { invite: invite.id, failure, reason: message });
    return await end(context, invite, reason, mayExist);
  }
  const { refreshToken } = response;
  if (refreshToken === undefined) return await end(context, invite, 'no_refresh_token', false);
  const held = await hold(context, invite, { ...response, refreshToken });
  if (usedSuccessor) await promote(context, client);
  context.log.info('a grant is held', { invite: invite.id, attempt, dataCenter });
  return held;
}

async function hold(
  context: ConsentContext,
  invite: Exchanging,
  { accessToken, refreshToken, scope, isSandbox }: Granted & { readonly refreshToken: Redacted },
): Promise<Invite> {
  const { attempt, sessionHash, dataCenter, fromVersionId } = invite.stage;
  const giveBack = async () => {
    const result = await context.zoho.revoke({ dataCenter, refreshToken }, context.deadline);
    return result === 'revoked' || result === 'already-invalid';
  };
  let sealed: string;
  try {
    const text = formatTokens({ accessToken, refreshToken });
    sealed = await context.sealer.seal('grant', invite.id, text, context.deadline);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    context.log.error('a grant could not be sealed', { code: error.code, reason: error.message });
    return await end(context, invite, 'aws_unavailable', !(await giveBack()));
  }
  const grant: HeldGrant = {
    ...{ attempt, sessionHash, sealed, dataCenter, scope, isSandbox, fromVersionId },
    grantedAtMs: context.clock.now(),
  };
  try {
    return await writeInvite(context, holdGrant(invite, grant));
  } catch (error) {
    // It is certain that the row does not have the grant. After any other error it may have it.
    if (error instanceof InviteTakenError) await giveBack();
    throw error;
  }
}

async function end(
  context: ConsentContext,
  invite: Exchanging,
  reason: NonNullable<Ending['reason']>,
  mayExist: boolean,
): Promise<Invite> {
  const nowMs = context.clock.now();
  const ending = failed(reason, { attempt: invite.stage.attempt, retryable: true }, nowMs);
  const { lost } = mayExist ? recordLost(invite, nowMs) : invite;
  const ended = await writeInvite(context, { ...endAttempt(invite, ending), lost });
  await reportEnding(context, ended, ending);
  return ended;
}

/** Best effort: the refresher does the same at the next refresh. */
async function promote(
  { clients, deadline, log }: ConsentContext,
  client: SharedConsentClient,
): Promise<void> {
  if (client.successor === undefined) return;
  try {
    await clients.promote(client.client, client.successor.versions, deadline);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    log.warn('the new secret of a client could not be made current', {
      client: client.client,
      code: error.code,
    });
  }
}
