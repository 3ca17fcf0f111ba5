import { MINT_BUDGET, PUBLISH_BUDGET } from '../../lambdas/core/connection/mint-budget.ts';
import { isDisabledByOperator } from '../../lambdas/core/connection/operator-transitions.ts';
import { addressParameterName } from '../../lambdas/core/deployment-address.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Deployment } from '../deployment/deployment.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { Session } from '../session.ts';
import type { RefresherAnswer } from './request-refresh.ts';

/** Longer than the longest possible lease. */
const TIMEOUT_MS = 6 * 60_000;
const POLL_INTERVAL_MS = 2_000;

/** How long a new secret may be invisible to the refresher: Secrets Manager is eventually consistent. */
const VISIBLE_WITHIN_MS = 20_000;

/**
 * Asks for a new token and prints the result. True when the connection has a valid token newer than before. Just after
 * credentials were stored, the refresher may not see them yet, and is asked again.
 */
export async function refreshAndReport(
  session: Session,
  name: string,
  { hasNewCredentials = false }: { readonly hasNewCredentials?: boolean } = {},
): Promise<boolean> {
  const { terminal, clock } = session.runtime;
  const answer = await terminal.withProgress(`Asking the refresher for a new token of ${name}`, () =>
    refreshWhenReady(session, name, hasNewCredentials),
  );
  const { outcome, expiresAtMs, generation, retryAfterSeconds } = answer;
  const isLive = outcome === 'refreshed' || outcome === 'already-fresh';
  if (isLive && expiresAtMs !== undefined) {
    const left = formatDuration(expiresAtMs - clock.now());
    const token = outcome === 'refreshed' ? 'a new token' : 'a newer token already';
    terminal.print(
      `${terminal.colors.green('live')}: ${name} has ${token}, generation ${generation}, valid for ${left}.`,
    );
    return true;
  }
  const reason =
    hasNewCredentials && (await seesNoCredentials(session, name, outcome))
      ? `The refresher cannot read the credentials that were stored. Check its role. Run: zoho-tokens doctor ${name}`
      : await reasonFor(session, name, answer);
  terminal.info(`${terminal.infoColors.red('no new token')}: ${name}: ${reason}`);
  if (retryAfterSeconds !== undefined) {
    const wait = formatDuration(retryAfterSeconds * 1000);
    terminal.info(terminal.infoColors.dim(`  The next attempt is possible in ${wait}.`));
  }
  return false;
}

async function refreshWhenReady(
  session: Session,
  name: string,
  hasNewCredentials: boolean,
): Promise<RefresherAnswer> {
  const { clock, wait } = session.runtime;
  const deadlineMs = clock.now() + VISIBLE_WITHIN_MS;
  for (;;) {
    const answer = await refreshWhenFree(session, name);
    const isInvisible = hasNewCredentials && (await seesNoCredentials(session, name, answer.outcome));
    if (!isInvisible || clock.now() > deadlineMs) return answer;
    await wait(POLL_INTERVAL_MS);
  }
}

async function seesNoCredentials(
  session: Session,
  name: string,
  outcome: RefresherAnswer['outcome'],
): Promise<boolean> {
  if (outcome !== 'blocked') return false;
  const row = await (await session.connections()).read(name, session.signal());
  return row?.lastFailure?.code === 'no_credentials';
}

/** Waits for a refresh that is already in progress, then asks again: it may have started with the previous credentials. */
async function refreshWhenFree(session: Session, name: string): Promise<RefresherAnswer> {
  const { clock, wait } = session.runtime;
  const deadlineMs = clock.now() + TIMEOUT_MS;
  for (;;) {
    const answer = await session.refresh(name);
    if (answer.outcome !== 'in-progress' || clock.now() > deadlineMs) return answer;
    if ((await followedPrefix(session, name)) !== undefined) return answer;
    await wait(POLL_INTERVAL_MS);
  }
}

/** The deployment whose token the connection republishes during a move: this one gets no new token, however long it waits. */
async function followedPrefix(session: Session, name: string): Promise<string | undefined> {
  const row = await (await session.connections()).read(name, session.signal());
  return row?.follows?.secretPrefix;
}

async function reasonFor(
  session: Session,
  name: string,
  { outcome, message }: RefresherAnswer,
): Promise<string> {
  if (message !== undefined) {
    const step = nextStepOf(outcome, name, await session.deployment());
    return step === undefined ? message : `${message} ${step}`;
  }
  const table = await session.connections();
  const row = await table.read(name, session.signal());
  if (outcome === 'budget-exhausted') {
    return (
      `The limit of refreshes that operators may cause is reached: ${MINT_BUDGET.limits.operator} in 10 minutes, ` +
      `${PUBLISH_BUDGET.limits.operator} in a day. The schedule still renews the token.`
    );
  }
  if (outcome === 'in-progress' && row?.follows !== undefined) {
    const { secretPrefix } = row.follows;
    return `It follows the deployment ${secretPrefix}, which has published no newer token. Refresh it there, or move it: zoho-tokens adopt --from ${secretPrefix} --finish ${name}`;
  }
  if (outcome === 'in-progress')
    return 'Another refresh has been in progress for six minutes. Try again later.';
  if (row !== undefined && isDisabledByOperator(row, 'paused'))
    return `The connection is paused. Run: zoho-tokens resume ${name}`;
  return row?.lastFailure?.message ?? `The refresher answered "${outcome}".`;
}

/** What to do when the refresher refused the request. */
function nextStepOf(
  outcome: RefresherAnswer['outcome'],
  name: string,
  { secretPrefix, version }: Deployment,
): string | undefined {
  const parameter = addressParameterName(secretPrefix, 'operator-target');
  switch (outcome) {
    case 'invalid-request':
      return `The deployed refresher has version ${version}, zoho-tokens has ${packageJson.version}. Install zoho-token-refresher ${version}, or deploy version ${packageJson.version}.`;
    case 'unknown-connection':
      return `To add it, run: zoho-tokens connect ${name} --data-center eu`;
    case 'not-allowed':
      return `The SSM parameter ${parameter} must name the alias "operators". Restore the value that the deployment wrote: aws ssm get-parameter-history --name ${parameter}`;
    default:
      return undefined;
  }
}
