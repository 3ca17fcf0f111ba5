import { GetResourcePolicyCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { callAws } from '../../../lambdas/adapters/aws-errors.ts';
import { parseJsonObject } from '../../../lambdas/core/json.ts';
import { READ_ACTION } from './simulation.ts';

/** The resource policy of a secret, as JSON; undefined when it has none. Throws `InfrastructureError`. */
export async function readResourcePolicy(
  client: SecretsManagerClient,
  { secretName, signal }: { readonly secretName: string; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const call = { action: 'secretsmanager:GetResourcePolicy', resource: secretName };
  const command = new GetResourcePolicyCommand({ SecretId: secretName });
  return (await callAws(call, () => client.send(command, { abortSignal: signal }))).ResourcePolicy;
}

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Condition?: unknown;
}

/**
 * The principals that a resource policy allows to read the secret: ARNs, accounts, services, or `everyone`. Conditions are
 * mentioned, not evaluated. Undefined when the text is not a policy.
 */
export function readersByPolicy(policy: string | undefined): readonly string[] | undefined {
  if (policy === undefined) return [];
  const statements = listOf(parseJsonObject(policy)?.Statement);
  if (statements.length === 0) return undefined;
  const readers = statements
    .filter((statement): statement is Statement => typeof statement === 'object' && statement !== null)
    .filter((statement) => statement.Effect === 'Allow' && allowsReading(statement))
    .flatMap((statement) => {
      const condition = statement.Condition === undefined ? '' : ' (under conditions)';
      return principalsOf(statement).map((principal) => `${principal}${condition}`);
    });
  return [...new Set(readers)];
}

function allowsReading({ Action, NotAction }: Statement): boolean {
  if (NotAction !== undefined) return !listOf(NotAction).some(coversReading);
  return listOf(Action).some(coversReading);
}

/** Actions are case-insensitive and may contain `*` and `?`. Source: IAM JSON policy elements reference. */
function coversReading(action: unknown): boolean {
  if (typeof action !== 'string') return false;
  const pattern = action
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 'i').test(READ_ACTION);
}

function principalsOf({ Principal, NotPrincipal }: Statement): readonly string[] {
  if (NotPrincipal !== undefined) return [`everyone except ${namesOf(NotPrincipal).join(', ')}`];
  return namesOf(Principal);
}

function namesOf(principal: unknown): readonly string[] {
  if (typeof principal === 'string') return [principal === '*' ? 'everyone' : principal];
  return Object.values(principal ?? {})
    .flatMap(listOf)
    .map((name) => (name === '*' ? 'everyone' : String(name)));
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
