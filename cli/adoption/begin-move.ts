import { type Connection, isFollowing } from '../../lambdas/core/connection/connection.ts';
import { declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import { isMovedAway, startFollowing } from '../../lambdas/core/connection/move-transitions.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { tagsFor } from '../connections/connection-tags.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { Session } from '../session.ts';
import { readCredentialsSpec } from './credentials-spec.ts';
import { joinPlans, type Plan, type PlannedChange, problem, remark } from './plan.ts';
import { readSourceRow, type SourceDeployment } from './source-deployment.ts';

/**
 * The plan to begin a move: rows of this deployment that follow the old one. Nothing changes in the old deployment. The
 * credentials are copied only when the move is finished, so until then this deployment cannot mint.
 */
export async function planMove(
  session: Session,
  source: SourceDeployment,
  names: readonly string[],
): Promise<Plan> {
  await requirePermissionToFollow(session, source);
  const all = names.length > 0 ? names : (await source.list()).map(({ name }) => name);
  if (all.length === 0) throw new CliError(`The table ${source.tableName} has no connections.`);
  const plans: Plan[] = [];
  for (const name of all) plans.push(await planConnection(session, source, name));
  return joinPlans(plans);
}

async function requirePermissionToFollow(
  session: Session,
  { secretPrefix }: SourceDeployment,
): Promise<void> {
  const { followSecretPrefix } = await session.refresherSettings();
  if (followSecretPrefix === secretPrefix) return;
  const own = (await session.deployment()).secretPrefix;
  throw new CliError(
    followSecretPrefix === undefined
      ? `The refresher of the deployment ${own} may not read the tokens of ${secretPrefix}.`
      : `The refresher of the deployment ${own} may read the tokens of ${followSecretPrefix}, not of ${secretPrefix}.`,
    `Set follow: { secretPrefix: '${secretPrefix}', keyArn: '…' } in the configuration of ${own}, with the KMS key of ${secretPrefix}, and deploy.`,
  );
}

async function planConnection(session: Session, source: SourceDeployment, name: string): Promise<Plan> {
  const { secretPrefix } = source;
  const theirs = await readSourceRow(session, source, name);
  const ours = await (await session.connections()).read(name, session.signal());
  if (ours !== undefined && isFollowing(ours)) {
    return ours.follows.secretPrefix === secretPrefix
      ? remark(name, `follows ${secretPrefix} already`, nextStep(secretPrefix, name))
      : problem(name, `follows ${ours.follows.secretPrefix}, not ${secretPrefix}`);
  }
  if (theirs !== undefined && isMovedAway(theirs) && ours?.token !== undefined) {
    return remark(name, 'was moved already');
  }
  return (
    whyNotFollowed(name, secretPrefix, theirs) ??
    (await whyNotHere(session, name, ours, theirs)) ??
    (await planFollower(session, source, name))
  );
}

/** Why the old deployment has no token that can be followed. */
function whyNotFollowed(name: string, from: string, theirs: Connection | undefined): Plan | undefined {
  if (theirs === undefined) return problem(name, `is not a connection of ${from}`, 'Check the name.');
  if (theirs.store === 'dynamodb') {
    return problem(
      name,
      `is in DynamoDB in ${from}: only tokens in Secrets Manager can be followed`,
      `Move it first: zoho-tokens --deployment ${from} move ${name} --to secrets-manager`,
    );
  }
  if (theirs.status === 'disabled') {
    return problem(
      name,
      `is disabled in ${from}: ${theirs.lastFailure?.message ?? 'no reason is recorded'}`,
      `Resume it there first, or authorize it here: zoho-tokens authorize ${name}`,
    );
  }
  if (theirs.token === undefined) {
    return problem(
      name,
      `was never authorized in ${from}`,
      `Authorize it here: zoho-tokens authorize ${name}`,
    );
  }
  if (theirs.status === 'blocked') {
    return problem(
      name,
      `is blocked in ${from}: ${theirs.lastFailure?.message ?? 'no reason is recorded'}`,
      'Authorize it there first, then run the command again.',
    );
  }
  return undefined;
}

/** Why this deployment must not follow. */
async function whyNotHere(
  session: Session,
  name: string,
  ours: Connection | undefined,
  theirs: Connection | undefined,
): Promise<Plan | undefined> {
  const { declaredConnections } = await session.refresherSettings();
  const secrets = await session.secrets();
  const isDeclared = declarationOf(declaredConnections, name) !== undefined;
  if (ours?.token !== undefined || ours?.status === 'disabled') {
    const state = ours.status === 'disabled' ? 'is disabled here' : 'has a token of its own here';
    return problem(name, `${state}, so it cannot follow`, `Run: zoho-tokens doctor ${name}`);
  }
  if ((await secrets.describe(name, 'credentials')) !== undefined) {
    return problem(
      name,
      `has credentials of its own here: ${secrets.nameOf(name, 'credentials')}`,
      'Delete that secret, or use it: then the connection need not be moved.',
    );
  }
  if (theirs?.source === 'declared' && !isDeclared && ours === undefined) {
    return problem(
      name,
      'is declared in the old deployment and not here',
      `Declare it and deploy, or run: zoho-tokens connect ${name} --data-center …`,
    );
  }
  if (isDeclared && (await secrets.describe(name, 'access-token')) === undefined) {
    return problem(name, `${secrets.nameOf(name, 'access-token')} does not exist`, 'Deploy the stack.');
  }
  return undefined;
}

async function planFollower(session: Session, source: SourceDeployment, name: string): Promise<Plan> {
  const secrets = await session.secrets();
  const { declaredConnections } = await session.refresherSettings();
  const isDeclared = declarationOf(declaredConnections, name) !== undefined;
  const deployment = await session.deployment();
  // Fails now, and not when the move is finished, if the old credentials cannot be read.
  const tags = tagsFor(deployment, await readCredentialsSpec(source.secrets, name));
  const hasTokenSecret = (await secrets.describe(name, 'access-token')) !== undefined;
  const createSecret: PlannedChange = {
    connection: name,
    does: `create ${secrets.nameOf(name, 'access-token')}`,
    apply: async () => void (await secrets.create(name, 'access-token', { tags })),
  };
  const follow: PlannedChange = {
    connection: name,
    does: `follow the deployment ${source.secretPrefix}`,
    apply: () => followSource(session, source, { name, isDeclared }),
  };
  const republish: PlannedChange = {
    connection: name,
    does: 'republish its token',
    apply: () => republishNow(session, name),
  };
  const changes = [...(hasTokenSecret ? [] : [createSecret]), follow, republish];
  return { changes, notes: [] };
}

async function followSource(
  session: Session,
  { secretPrefix }: SourceDeployment,
  { name, isDeclared }: { readonly name: string; readonly isDeclared: boolean },
): Promise<void> {
  const connection = {
    name,
    source: isDeclared ? ('declared' as const) : ('connected' as const),
    secretPrefix,
  };
  const row = startFollowing(undefined, connection, session.runtime.clock.now());
  const { created } = await (await session.connections()).create(row, session.signal());
  if (created) return;
  await changeRow(session, name, (current, nowMs) => {
    if (isFollowing(current)) return undefined;
    if (current.token !== undefined || current.status === 'disabled') {
      throw new CliError(`${name} got a token of its own meanwhile, so it cannot follow.`);
    }
    return startFollowing(current, connection, nowMs);
  });
}

async function republishNow(session: Session, name: string): Promise<void> {
  const { terminal, clock } = session.runtime;
  const { outcome, expiresAtMs, generation } = await session.refresh(name);
  if (
    expiresAtMs !== undefined &&
    (outcome === 'refreshed' || outcome === 'already-fresh' || outcome === 'in-progress')
  ) {
    const left = formatDuration(expiresAtMs - clock.now());
    terminal.info(
      `${name} has the token of the old deployment, generation ${generation} here, valid for ${left}.`,
    );
    return;
  }
  const row = await (await session.connections()).read(name, session.signal());
  throw new CliError(
    row?.lastFailure?.message ?? `The refresher answered "${outcome}".`,
    'The connection follows already: the refresher tries again with every tick.',
  );
}

function nextStep(from: string, name: string): string {
  return `Switch its consumers to this deployment. Then run: zoho-tokens adopt --from ${from} --finish ${name}`;
}
