import pMap from 'p-map';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { CONNECTION_NAME_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import { declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import { judgeForeign } from '../../lambdas/core/secrets/foreign-secret.ts';
import { areOwnTags } from '../../lambdas/core/secrets/secret-tags.ts';
import type { SecretFacts } from '../secrets/connection-secrets.ts';
import { listStored } from '../secrets/list-stored.ts';
import type { Session } from '../session.ts';
import { RESTORE, restoreOrAuthorize } from '../stores/restore-or-authorize.ts';
import { planClients } from './left-clients.ts';
import { joinPlans, type Plan, problem, remark } from './plan.ts';
import { planSecret } from './plan-secret.ts';
import { planRow } from './register-row.ts';
import type { Adopter, Remains } from './remains.ts';
import { planReseal } from './reseal.ts';

const CONNECTIONS_AT_ONCE = 8;

/** The plan to take over what an earlier deployment left under this deployment's prefix. Without names: everything. */
export async function planLeftBehind(
  session: Session,
  names: readonly string[],
  onProgress: (message: string) => void,
): Promise<Plan> {
  const [deployment, secrets] = [await session.deployment(), await session.secrets()];
  const { declaredConnections } = await session.refresherSettings();
  const rows = new Map((await session.list()).map((row) => [row.name, row]));
  const all =
    names.length > 0
      ? names
      : [
          ...new Set([
            ...(await namesWithSecrets(session)),
            ...rows.keys(),
            ...Object.keys(declaredConnections),
          ]),
        ].sort((one, other) => one.localeCompare(other, 'en'));
  let compared = 0;
  const plans = await pMap(
    all,
    async (name) => {
      const row = rows.get(name);
      const isDeclared = declarationOf(declaredConnections, name) !== undefined;
      const store =
        row === undefined || 'malformed' in row
          ? await secrets.storeOf(name)
          : (row.store ?? 'secrets-manager');
      const adopter = { session, deployment, secrets: secrets.inStore(store) };
      const plan = await planConnection(adopter, {
        name,
        row,
        store,
        source: isDeclared ? 'declared' : 'connected',
        credentials: await adopter.secrets.describe(name, 'credentials'),
        token: await adopter.secrets.describe(name, 'access-token'),
      });
      compared += 1;
      onProgress(`${compared} of ${all.length} connections`);
      return plan;
    },
    { concurrency: CONNECTIONS_AT_ONCE },
  );
  const clients = await planClients({ session, deployment, secrets }, names);
  return joinPlans([clients, ...plans]);
}

/** Secrets with other names are none of ours. */
async function namesWithSecrets(session: Session): Promise<readonly string[]> {
  const stored = await listStored(session);
  return stored.flatMap(({ connection }) => (CONNECTION_NAME_PATTERN.test(connection) ? [connection] : []));
}

async function planConnection(adopter: Adopter, remains: Remains): Promise<Plan> {
  const { name, row, credentials, source } = remains;
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
  const secretChanges =
    remains.store === 'dynamodb'
      ? await planReseal(adopter.session, adopter.deployment, name)
      : await planSecrets(adopter, { ...remains, credentials });
  if (secretChanges.notes.length > 0) return secretChanges;
  const wasUnreadable = secretChanges.changes.length > 0;
  return joinPlans([secretChanges, { changes: planRow(adopter, remains, wasUnreadable), notes: [] }]);
}

async function planSecrets(
  adopter: Adopter,
  { name, source, token, credentials }: Remains & { credentials: SecretFacts },
): Promise<Plan> {
  const changes = [
    ...(await planSecret(adopter, name, 'credentials', credentials)),
    ...(source === 'declared' || token === undefined || token.deletedAtMs !== undefined
      ? []
      : await planSecret(adopter, name, 'access-token', token)),
  ];
  return { changes, notes: [] };
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
  store,
}: Remains & { row: Connection | undefined }): Plan {
  if (row === undefined && token === undefined) {
    return source === 'declared'
      ? remark(name, 'was never authorized', `Run: zoho-tokens authorize ${name}`)
      : problem(name, 'has neither secrets nor a row', 'Check the name: zoho-tokens status');
  }
  if (row === undefined && token?.deletedAtMs !== undefined) {
    return remark(name, 'its token secret is scheduled for deletion, and it has no credentials and no row');
  }
  if (row === undefined && source === 'declared')
    return remark(
      name,
      'has no credentials; the refresher registers it',
      `Run: zoho-tokens authorize ${name}`,
    );
  if (row === undefined) {
    const again = `run: zoho-tokens connect ${name} --data-center …, then zoho-tokens authorize ${name}`;
    return store === 'dynamodb'
      ? problem(name, 'has a token in DynamoDB, but no credentials and no row', `${RESTORE} If not, ${again}`)
      : problem(name, 'has a token secret, but no credentials and no row', `To use it again, ${again}`);
  }
  if (row.token === undefined)
    return remark(name, 'was never authorized', `Run: zoho-tokens authorize ${name}`);
  return store === 'dynamodb'
    ? problem(name, 'has a row, but its credentials are not in DynamoDB any more', restoreOrAuthorize(name))
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
