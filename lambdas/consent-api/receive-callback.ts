import { type Callback, parseCallback } from '../core/consent/callback.ts';
import { consentClientOf } from '../core/consent/shared-consent-client.ts';
import { InfrastructureError } from '../core/failures.ts';
import { isTooManyCodes, withCode } from '../core/invites/client-codes.ts';
import type { PageAnswer } from '../core/invites/consent-answers.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import type { Ending, Invite } from '../core/invites/invite.ts';
import { isRandomText } from '../core/invites/invite-token.ts';
import { declined, endAttempt, failed, keepCode } from '../core/invites/invite-transitions.ts';
import { endingPageOf } from '../core/invites/invite-view.ts';
import { attemptPageOf, platformRedirect, type Returned, sessionOf } from './attempt-page.ts';
import { findObstacle, UNKNOWN } from './find-invite.ts';
import { recoverInvite } from './recover-invite.ts';
import { redeemCode } from './redeem-code.ts';
import { decideAgain, InviteTakenError, reportEnding, writeInvite } from './write-invite.ts';

type CodeCallback = Extract<Callback, { kind: 'code' }>;

/**
 * `callback`: the browser comes back from Zoho. Only the browser that was sent there may use a state, and only once. The page of a callback that
 * finished is shown again.
 */
export async function receiveCallback(
  context: ConsentContext,
  { query, browser }: { readonly query: string; readonly browser?: string | undefined },
): Promise<PageAnswer> {
  const parameters = new URLSearchParams(query);
  const [state, ...others] = parameters.getAll('state');
  if (!isRandomText(state) || others.length > 0) return UNKNOWN;
  const { entropy, invites, deadline } = context;
  return await decideAgain(async () => {
    const attempt = await invites.readAttempt(entropy.hash(state), deadline);
    if (attempt === undefined) return UNKNOWN;
    if (!isRandomText(browser) || !entropy.isSame(attempt.browserHash, entropy.hash(browser)))
      return { kind: 'other-browser' };
    const stored = await invites.read(attempt.inviteId, deadline);
    if (stored === undefined) return UNKNOWN;
    const invite = await recoverInvite(context, stored);
    const returned = { attempt, state, browser };
    if (attempt.claimedAtMs !== undefined) return attemptPageOf(context, invite, returned);
    if (context.clock.now() >= attempt.expiresAtMs) return { kind: 'expired' };
    const obstacle = await findObstacle(context, invite);
    if (obstacle !== undefined) return obstacle;
    return await useAttempt(context, { invite, returned, callback: readCallback(parameters) });
  });
}

/** Parameters that occur twice are not Zoho's. */
function readCallback(parameters: URLSearchParams): Callback {
  const isGarbled = ['code', 'error', 'location', 'accounts-server'].some(
    (name) => parameters.getAll(name).length > 1,
  );
  return isGarbled ? { kind: 'error', error: undefined } : parseCallback(parameters);
}

async function useAttempt(
  context: ConsentContext,
  {
    invite,
    returned,
    callback,
  }: { readonly invite: Invite; readonly returned: Returned; readonly callback: Callback },
): Promise<PageAnswer> {
  if (callback.kind !== 'code') return await refuse(context, invite, returned, callback);
  await countCode(context, invite);
  const dataCenter = callback.dataCenter ?? invite.clientDataCenter;
  const stored = await context.clients.read(invite.client, context.deadline);
  const found = stored && consentClientOf(invite.client, stored, dataCenter);
  if (found?.ok !== true) {
    const reason = found?.failure.message ?? 'its secret does not exist';
    context.log.error('a client cannot be used', { client: invite.client, reason });
    return await endWith(context, invite, returned, (attempt, nowMs) =>
      failed('client_refused', { attempt, retryable: true }, nowMs),
    );
  }
  if (invite.mode === 'platform') return await keep(context, invite, returned, { ...callback, dataCenter });
  const current = await context.secrets.readCredentials(invite.connection, context.deadline);
  if (!(await claim(context, returned))) return await readAgain(context, returned);
  const fromVersionId = current.kind === 'found' ? current.versionId : undefined;
  const exchange = { attempt: returned.attempt.hash, dataCenter, fromVersionId };
  const { code } = callback;
  const done = await orLost(() => redeemCode(context, invite, { exchange, code, client: found.client }));
  if (done === 'lost') return await readAgain(context, returned);
  return attemptPageOf(context, done, returned);
}

/** The backend of the platform completes it: until then nothing exists at Zoho. */
async function keep(
  context: ConsentContext,
  invite: Invite,
  returned: Returned,
  { code, dataCenter }: CodeCallback & { readonly dataCenter: NonNullable<CodeCallback['dataCenter']> },
): Promise<PageAnswer> {
  const { sealer, entropy, clock, deadline } = context;
  const sealed = await sealer.seal('code', invite.id, code, deadline);
  if (!(await claim(context, returned))) return await readAgain(context, returned);
  const sessionHash = entropy.hash(sessionOf(context, returned));
  const kept = { attempt: returned.attempt.hash, code: sealed, sessionHash, dataCenter };
  const written = await orLost(() => writeInvite(context, keepCode(invite, kept, clock.now())));
  if (written === 'lost') return await readAgain(context, returned);
  return platformRedirect(context, invite, returned);
}

async function refuse(
  context: ConsentContext,
  invite: Invite,
  returned: Returned,
  callback: Exclude<Callback, { kind: 'code' }>,
): Promise<PageAnswer> {
  const { invites, deadline } = context;
  const codes = callback.kind === 'denied' ? await invites.codesOf(invite.client, deadline) : [];
  return await endWith(context, invite, returned, (attempt, nowMs) => {
    const retry = { attempt, retryable: true };
    if (callback.kind === 'unknown-data-center') return failed('unknown_data_center', retry, nowMs);
    if (callback.kind === 'error')
      return failed(callback.error === 'no_org' ? 'no_org' : 'client_refused', retry, nowMs);
    return isTooManyCodes(codes, nowMs, nowMs - returned.attempt.beganAtMs)
      ? failed('too_many_codes', retry, nowMs)
      : declined(attempt, nowMs);
  });
}

async function endWith(
  context: ConsentContext,
  invite: Invite,
  returned: Returned,
  endingOf: (attempt: string, nowMs: number) => Ending,
): Promise<PageAnswer> {
  if (!(await claim(context, returned))) return await readAgain(context, returned);
  const ending = endingOf(returned.attempt.hash, context.clock.now());
  const ended = await orLost(() => writeInvite(context, endAttempt(invite, ending)));
  if (ended === 'lost') return await readAgain(context, returned);
  await reportEnding(context, ended, ending);
  return endingPageOf(ended, ending);
}

async function claim(context: ConsentContext, { attempt }: Returned): Promise<boolean> {
  const claimed = { by: context.entropy.id(), nowMs: context.clock.now() };
  return await context.invites.claimAttempt(attempt.hash, claimed, context.deadline);
}

/** The attempt is used, by this callback or another one: what became of it? */
async function readAgain(context: ConsentContext, returned: Returned): Promise<PageAnswer> {
  const invite = await context.invites.read(returned.attempt.inviteId, context.deadline);
  return invite === undefined ? UNKNOWN : attemptPageOf(context, invite, returned);
}

/** Another tab was faster with another state. */
async function orLost(work: () => Promise<Invite>): Promise<Invite | 'lost'> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InviteTakenError) return 'lost';
    throw error;
  }
}

/** Best effort: the count only tells a person's no from Zoho's limit. */
async function countCode(
  { invites, clock, deadline, log }: ConsentContext,
  { client }: Invite,
): Promise<void> {
  try {
    const nowMs = clock.now();
    await invites.recordCodes(client, withCode(await invites.codesOf(client, deadline), nowMs), deadline);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    log.warn('a code could not be counted', { client, code: error.code });
  }
}
