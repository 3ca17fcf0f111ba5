import { parseJsonObject } from '../json.ts';
import { areOwnTags, type Tags } from './secret-tags.ts';

/** What DescribeSecret says about a secret, as far as it shows whose it is. */
interface SecretFacts {
  readonly tags: Tags;
  /** As it was given when the secret was created: ARN, ID or alias. Undefined for the key `aws/secretsmanager`. */
  readonly keyId: string | undefined;
  /** Regions with a replica. */
  readonly replicaRegions: readonly string[];
}

/** Why credentials must not be written into an existing secret of the right name, and what to do about it. */
export interface ForeignSecret {
  /** Follows "The secret NAME ...". */
  readonly problem: string;
  readonly advice: string;
}

/**
 * Judges a credentials secret before something is written into it: someone may have taken the name, to read what is written
 * there. Undefined if it is this deployment's own and no one else can read it. `connection` is what `adopt` would be given.
 */
export function judgeForeign(
  connection: string,
  facts: SecretFacts,
  policy: string | undefined,
  deployment: Owner,
): ForeignSecret | undefined {
  if (facts.replicaRegions.length > 0) {
    return {
      problem: `is replicated to ${facts.replicaRegions.join(', ')}, where others may read it`,
      advice: 'Remove the replicas: aws secretsmanager remove-regions-from-replication.',
    };
  }
  if (grantsAccess(policy)) {
    return {
      problem: 'has a resource policy that gives others access',
      advice:
        'Look at it (aws secretsmanager get-resource-policy), and delete it (aws secretsmanager delete-resource-policy).',
    };
  }
  return judgeOwner(connection, facts, deployment);
}

interface Owner {
  readonly secretPrefix: string;
  readonly keyArn: string;
  readonly stackName: string;
}

/** Whether a secret was created by this deployment, with its key. Undefined if it was. */
export function judgeOwner(
  connection: string,
  { tags, keyId }: Pick<SecretFacts, 'tags' | 'keyId'>,
  deployment: Owner,
): ForeignSecret | undefined {
  if (!areOwnTags(tags, deployment)) {
    return {
      problem: "was not created by this deployment: it lacks the deployment's tags",
      advice: `If an earlier deployment left it, run: zoho-tokens adopt ${connection}. Otherwise find out who created it (CreateSecret in CloudTrail), and delete it.`,
    };
  }
  if (!isSameKey(keyId, deployment.keyArn)) {
    return {
      problem: `is encrypted with another KMS key (${keyId ?? 'aws/secretsmanager'})`,
      advice: `An earlier deployment left it. To re-encrypt it with the key of this one, run: zoho-tokens adopt ${connection}`,
    };
  }
  return undefined;
}

/** A policy that only denies, as organizations add it, gives no one access. Conditions are not evaluated. */
function grantsAccess(policy: string | undefined): boolean {
  if (policy === undefined) return false;
  const given = parseJsonObject(policy)?.Statement;
  const statements: readonly unknown[] = Array.isArray(given) ? given : [given];
  return !statements.every((statement) => (statement as { Effect?: unknown } | null)?.Effect === 'Deny');
}

/** DescribeSecret returns a key as it was given: as ARN, or as its ID. An alias may point to any key, so it must be equal. */
export function isSameKey(keyId: string | undefined, keyArn: string): boolean {
  if (keyId === undefined) return false;
  return keyId === keyArn || (!keyId.includes('alias/') && keyArn.endsWith(`:key/${keyId}`));
}
