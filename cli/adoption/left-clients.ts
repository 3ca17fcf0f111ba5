import { referredClient } from '../../lambdas/core/secrets/credentials.ts';
import { areOwnTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { isClientName } from '../../lambdas/core/secrets/shared-client.ts';
import { tryRead, valueIfRead } from '../aws/try-read.ts';
import { listSecretsOf } from '../secrets/list-secrets.ts';
import { joinPlans, type Plan, problem } from './plan.ts';
import { planSecret } from './plan-secret.ts';
import type { Adopter } from './remains.ts';

/**
 * The plan to take over the secrets of shared clients, without which the credentials that refer to them are of no use. With names of
 * connections: the clients that they refer to.
 */
export async function planClients(adopter: Adopter, connections: readonly string[]): Promise<Plan> {
  const { session, deployment } = adopter;
  const clients =
    connections.length === 0
      ? await listSecretsOf(session.aws.secretsManager, deployment.secretPrefix, 'client')
      : await clientsOf(adopter, connections);
  return joinPlans(await Promise.all([...new Set(clients)].sort().map((name) => planClient(adopter, name))));
}

async function clientsOf({ secrets }: Adopter, connections: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    connections.map(async (name) => {
      const current = valueIfRead(await tryRead(() => secrets.readLabelled(name, 'AWSCURRENT')));
      return current && referredClient(current.text);
    }),
  );
  return found.filter(isClientName);
}

async function planClient(adopter: Adopter, name: string): Promise<Plan> {
  const { secrets, deployment } = adopter;
  const facts = await secrets.describe(name, 'client');
  if (facts === undefined || facts.deletedAtMs !== undefined) return joinPlans([]);
  if (!areOwnTags(facts.tags, deployment)) {
    const secretName = secrets.nameOf(name, 'client');
    return problem(
      `client ${name}`,
      `${secretName} is foreign: it has no tag of this project`,
      `Find out who created it (CreateSecret in CloudTrail). If it is yours, tag it and run the command again: aws secretsmanager tag-resource --secret-id ${secretName} --tags Key=application,Value=zoho-token-refresher`,
    );
  }
  const changes = await planSecret(adopter, name, 'client', facts);
  return { changes: changes.map((change) => ({ ...change, connection: `client ${name}` })), notes: [] };
}
