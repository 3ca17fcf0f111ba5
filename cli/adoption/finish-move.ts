import { type Connection, isFollowing } from '../../lambdas/core/connection/connection.ts';
import { isMovedAway, moveAway, stopFollowing } from '../../lambdas/core/connection/move-transitions.ts';
import { isDisabledByOperator } from '../../lambdas/core/connection/operator-transitions.ts';
import type { StoredCredentials } from '../../lambdas/core/ports.ts';
import { parseCredentials, referredClient } from '../../lambdas/core/secrets/credentials.ts';
import { judgeForeign } from '../../lambdas/core/secrets/foreign-secret.ts';
import { ownTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { CliError } from '../cli-error.ts';
import { changeRow, changeRowIn } from '../connections/change-row.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import type { Session } from '../session.ts';
import { copyClient } from './copy-client.ts';
import { joinPlans, type Plan, type PlannedChange, problem, remark } from './plan.ts';
import { readSourceRow, type SourceDeployment } from './source-deployment.ts';

/**
 * The plan to finish a move. The order is what keeps both deployments from minting at once, and a run that was killed can be
 * repeated:
 *
 * 1. the credentials are copied, while this deployment still follows and so does not use them
 * 2. the old row is disabled, between two refreshes: from here on neither mints, and the published tokens are valid
 * 3. the credentials are copied again if they changed since, and this deployment stops to follow: it mints
 */
export async function planFinish(
  session: Session,
  source: SourceDeployment,
  names: readonly string[],
): Promise<Plan> {
  const rows = (await session.list()).flatMap((row) => ('malformed' in row ? [] : [row]));
  const followers = rows.filter((row) => row.follows?.secretPrefix === source.secretPrefix);
  const all = names.length > 0 ? names : followers.map(({ name }) => name);
  const plans: Plan[] = [];
  for (const name of all) {
    plans.push(await planConnection(session, source, { name, ours: rows.find((row) => row.name === name) }));
  }
  return joinPlans(plans);
}

async function planConnection(
  session: Session,
  source: SourceDeployment,
  { name, ours }: { readonly name: string; readonly ours: Connection | undefined },
): Promise<Plan> {
  const { secretPrefix } = source;
  if (ours === undefined || !isFollowing(ours)) {
    const theirs = await source.table.read(name, session.signal());
    return ours !== undefined && theirs !== undefined && isMovedAway(theirs)
      ? remark(name, 'was moved already')
      : problem(
          name,
          `does not follow ${secretPrefix}`,
          `Begin with: zoho-tokens adopt --from ${secretPrefix} ${name}`,
        );
  }
  if (ours.follows.secretPrefix !== secretPrefix) {
    return problem(name, `follows ${ours.follows.secretPrefix}, not ${secretPrefix}`);
  }
  const theirs = await readSourceRow(session, source, name);
  if (theirs === undefined) {
    return problem(name, `has no row in ${source.tableName}`, 'Check --from and --from-table.');
  }
  const isRevoked = isDisabledByOperator(theirs, 'revoked') || isDisabledByOperator(theirs, 'disconnected');
  if (isRevoked) {
    return problem(
      name,
      `was revoked or disconnected in ${secretPrefix}, so its credentials cannot be used`,
      `Remove it here as well: zoho-tokens disconnect ${name}`,
    );
  }
  return { changes: await changesFor(session, source, name), notes: [] };
}

async function changesFor(
  session: Session,
  source: SourceDeployment,
  name: string,
): Promise<PlannedChange[]> {
  const own = (await session.deployment()).secretPrefix;
  const secrets = await session.secrets();
  const copy = () => copyCredentials(session, source, name);
  return [
    {
      connection: name,
      does: `copy its credentials to ${secrets.nameOf(name, 'credentials')}`,
      apply: copy,
    },
    {
      connection: name,
      does: `stop the deployment ${source.secretPrefix} from refreshing it`,
      apply: () => disableOld(session, source, { name, own }),
    },
    {
      connection: name,
      does: 'refresh it here',
      apply: async () => {
        await copy();
        await mintHere(session, source, name);
      },
    },
  ];
}

/** Writes the credentials as they are, under the new name, after the client that they refer to. Repeated, it writes only what differs. */
async function copyCredentials(session: Session, source: SourceDeployment, name: string): Promise<void> {
  const secrets = await session.secrets();
  const deployment = await session.deployment();
  const text = usable(await source.secrets.readCredentials(name), source.secrets.nameOf(name, 'credentials'));
  const client = referredClient(text);
  if (client !== undefined) await copyClient(session, source, client);
  const secretName = secrets.nameOf(name, 'credentials');
  const facts = await secrets.describe(name, 'credentials');
  if (facts === undefined) {
    const tags = ownTags(deployment);
    if (await secrets.create(name, 'credentials', { tags, value: text })) return;
  }
  const found = facts ?? (await secrets.describe(name, 'credentials'));
  const foreign =
    found && judgeForeign(name, found, await secrets.readPolicy(name, 'credentials'), deployment);
  if (foreign !== undefined) {
    throw new CliError(
      `The secret ${secretName} ${foreign.problem}. Nothing was written into it.`,
      foreign.advice,
    );
  }
  const stored = await secrets.readCredentials(name);
  if (stored.kind === 'found' && stored.text.reveal() === text.reveal()) return;
  await secrets.writeCredentials(name, text);
}

function usable(stored: StoredCredentials, secretName: string) {
  const parsed = stored.kind === 'found' ? parseCredentials(stored.text, stored.clientText) : undefined;
  if (stored.kind === 'found' && parsed?.ok === true) return stored.text;
  const why = parsed?.ok === false ? parsed.failure.message : 'It is empty.';
  throw new CliError(
    `${secretName} has no usable credentials. ${why}`,
    'Authorize the old deployment first.',
  );
}

async function disableOld(
  session: Session,
  source: SourceDeployment,
  { name, own }: { readonly name: string; readonly own: string },
): Promise<void> {
  await changeRowIn(session, source.table, name, (row, nowMs) =>
    row.status === 'disabled' ? undefined : moveAway(row, own, nowMs),
  );
}

async function mintHere(session: Session, source: SourceDeployment, name: string): Promise<void> {
  const theirs = await source.table.read(name, session.signal());
  if (theirs !== undefined && theirs.status !== 'disabled') {
    throw new CliError(
      `${name} was enabled in the deployment ${source.secretPrefix} again, so it still follows here.`,
      'Run the command again.',
    );
  }
  await changeRow(session, name, (row, nowMs) =>
    isFollowing(row) ? stopFollowing(row, theirs, nowMs) : undefined,
  );
  if (!(await refreshAndReport(session, name, { hasNewCredentials: true }))) {
    throw new CliError(
      `${name} is refreshed here from now on, but has no new token yet.`,
      `The refresher tries again with every tick. Run: zoho-tokens doctor ${name}`,
    );
  }
}
