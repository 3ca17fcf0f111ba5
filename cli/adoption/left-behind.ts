import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { CONNECTION_NAME_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import { declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import { judgeForeign } from '../../lambdas/core/secrets/foreign-secret.ts';
import { areOwnTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { listConnectionSecrets } from '../secrets/list-secrets.ts';
import type { Session } from '../session.ts';
import { planClients } from './left-clients.ts';
import { joinPlans, type Plan, problem, remark } from './plan.ts';
import { planSecret } from './plan-secret.ts';
import { planRow } from './register-row.ts';
import type { Adopter, Remains } from './remains.ts';

/** The plan to take over what an earlier deployment left under this deployment's prefix. Without names: everything. */
export async function planLeftBehind(
  session: Session,
  names: readonly string[],
  onProgress: (message: string) => void,
): Promise<Plan> {
  const adopter = { session, deployment: await session.deployment(), secrets: await session.secrets() };
  const { declaredConnections } = await session.refresherSettings();
  const rows = new Map((await session.list()).map((row) => [row.name, row]));
  const all =
    names.length > 0
      ? names
      : [
          ...new Set([
            ...(await namesWithSecrets(adopter)),
            ...rows.keys(),
            ...Object.keys(declaredConnections),
          ]),
        ].sort((one, other) => one.localeCompare(other, 'en'));
  const plans: Plan[] = [await planClients(adopter, names)];
  for (const [index, name] of all.entries()) {
    onProgress(`${name}, ${index + 1} of ${all.length}`);
    const row = rows.get(name);
    const isDeclared = declarationOf(declaredConnections, name) !== undefined;
    plans.push(
      await planConnection(adopter, {
        name,
        row,
        source: isDeclared ? 'declared' : 'connected',
        credentials: await adopter.secrets.describe(name, 'credentials'),
        token: await adopter.secrets.describe(name, 'access-token'),
      }),
    );
  }
  return joinPlans(plans);
}

/** Secrets with other names are none of ours. */
async function namesWithSecrets({ session, deployment }: Adopter): Promise<readonly string[]> {
  const listed = await listConnectionSecrets(session.aws.secretsManager, deployment.secretPrefix);
  return listed.flatMap(({ connection }) => (CONNECTION_NAME_PATTERN.test(connection) ? [connection] : []));
}

async function planConnection(adopter: Adopter, remains: Remains): Promise<Plan> {
  const { name, row, credentials, token, source } = remains;
  if (row !== undefined && 'malformed' in row) {
    return problem(
      name,
      `its row cannot be read (${row.problem})`,
      'Correct it, or restore it from a backup.',
    );
  }
  if (row?.follows !== undefined) return planFollower(name, row.follows.secretPrefix);
  if (row?.status === 'disabled') return remark(name, 'is disabled; nothing is adopted');
  if (credentials === undefined) return planWithoutCredentials({ ...remains, row });
  const foreign = await whyForeign(adopter, remains);
  if (foreign !== undefined) return foreign;
  if (credentials.deletedAtMs !== undefined) {
    const fix =
      source === 'declared' ? `zoho-tokens authorize ${name}` : `zoho-tokens connect ${name} --data-center …`;
    return remark(name, 'its credentials are scheduled for deletion', `To restore them, run: ${fix}`);
  }
  const secretChanges = [
    ...(await planSecret(adopter, name, 'credentials', credentials)),
    ...(source === 'declared' || token === undefined || token.deletedAtMs !== undefined
      ? []
      : await planSecret(adopter, name, 'access-token', token)),
  ];
  const wasUnreadable = secretChanges.length > 0;
  return { changes: [...secretChanges, ...planRow(adopter, remains, wasUnreadable)], notes: [] };
}

function planFollower(name: string, from: string): Plan {
  return remark(
    name,
    `follows the deployment ${from}`,
    `To let this deployment mint, run: zoho-tokens adopt --from ${from} --finish ${name}`,
  );
}

function planWithoutCredentials({
  name,
  row,
  token,
  source,
}: Remains & { row: Connection | undefined }): Plan {
  if (row === undefined && token === undefined) {
    return source === 'declared'
      ? remark(name, 'was never authorized', `Run: zoho-tokens authorize ${name}`)
      : problem(name, 'has neither secrets nor a row', 'Check the name: zoho-tokens status');
  }
  if (row === undefined && token?.deletedAtMs !== undefined) {
    return remark(name, 'its token secret is scheduled for deletion, and it has no credentials and no row');
  }
  if (row === undefined) {
    return problem(
      name,
      'has a token secret, but no credentials and no row',
      `To use it again, run: zoho-tokens connect ${name} --data-center …, then zoho-tokens authorize ${name}`,
    );
  }
  return row.token === undefined
    ? remark(name, 'was never authorized', `Run: zoho-tokens authorize ${name}`)
    : problem(name, 'has a row, but its credentials secret is gone', `Run: zoho-tokens authorize ${name}`);
}

/**
 * Someone may have taken the name of a secret. The token secret of a declared connection belongs to the stack. Those of others
 * may have replicas and policies: consumers read them.
 */
async function whyForeign({ deployment, secrets }: Adopter, { name, source, credentials, token }: Remains) {
  for (const [kind, facts] of [
    ['credentials', credentials],
    ['access-token', source === 'declared' ? undefined : token],
  ] as const) {
    if (facts !== undefined && !areOwnTags(facts.tags, deployment)) {
      const secretName = secrets.nameOf(name, kind);
      return problem(
        name,
        `${secretName} is foreign: it has no tag of this project, and was not created by the stack ${deployment.stackName}`,
        `Find out who created it (CreateSecret in CloudTrail). If it is yours, tag it and run the command again: aws secretsmanager tag-resource --secret-id ${secretName} --tags Key=application,Value=zoho-token-refresher`,
      );
    }
  }
  if (credentials === undefined) return undefined;
  const policy = await secrets.readPolicy(name, 'credentials');
  const underOurKey = { ...credentials, keyId: deployment.keyArn };
  const foreign = judgeForeign(name, underOurKey, policy, deployment);
  if (foreign === undefined) return undefined;
  return problem(name, `${secrets.nameOf(name, 'credentials')} ${foreign.problem}`, foreign.advice);
}
