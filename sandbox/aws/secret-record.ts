import { AwsError } from './aws-error.ts';

/** The staging label of the version that readers get. */
export const CURRENT = 'AWSCURRENT';
/** The staging label of a version that a rotation has created and not made current. */
const PENDING = 'AWSPENDING';
/** The staging label of the version that was current before. */
export const PREVIOUS = 'AWSPREVIOUS';

/** More versions than this are kept only while they are labelled or young. Source: Secrets Manager quotas. */
const KEPT_VERSIONS = 100;
const YOUNG_MS = 24 * 60 * 60 * 1000;

/** The protected data of a version. */
export type SecretValue =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'binary'; readonly base64: string };

/** A value that is text, as everything in this project is. */
export function secretText(text: string): SecretValue {
  return { kind: 'string', text };
}

/** One version; its value never changes. */
export interface SecretVersion {
  readonly id: string;
  readonly value: SecretValue;
  readonly createdAtMs: number;
  /** The KMS keys under which it can be decrypted: that of its creation, and each one that it was re-encrypted with. */
  readonly keyIds: readonly string[];
}

/** The whole state of one secret; every change makes a new record. */
export interface SecretRecord {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  /** Undefined for the managed key `aws/secretsmanager`. */
  readonly kmsKeyId: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  /** JSON of its resource policy. */
  readonly resourcePolicy: string | undefined;
  readonly replicaRegions: readonly string[];
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** When it goes for good; undefined unless it is scheduled for deletion. */
  readonly deletionAtMs: number | undefined;
  /** Oldest first. */
  readonly versions: ReadonlyMap<string, SecretVersion>;
  /** From label to version: a label is on one version at a time by construction. */
  readonly stages: ReadonlyMap<string, string>;
}

/** How ListSecretVersionIds names the managed key `aws/secretsmanager`. */
const MANAGED_KEY = 'DefaultEncryptionKey';

/** The key that new versions of the secret are encrypted with. */
export function keyIdOf({ kmsKeyId }: Pick<SecretRecord, 'kmsKeyId'>): string {
  return kmsKeyId ?? MANAGED_KEY;
}

/**
 * The secret with another key. The versions with the labels AWSCURRENT, AWSPENDING and AWSPREVIOUS are re-encrypted if
 * they can be decrypted, and can then be decrypted under both keys. Source: UpdateSecret, and "Change the encryption key".
 */
export function reencrypt(
  secret: SecretRecord,
  kmsKeyId: string | undefined,
  canDecrypt: (version: SecretVersion) => boolean,
): SecretRecord {
  const labelled = new Set([CURRENT, PENDING, PREVIOUS].map((stage) => secret.stages.get(stage)));
  const keyId = keyIdOf({ kmsKeyId });
  const versions = [...secret.versions].map(([id, version]) => {
    const isReencrypted = labelled.has(id) && !version.keyIds.includes(keyId) && canDecrypt(version);
    return [id, isReencrypted ? { ...version, keyIds: [...version.keyIds, keyId] } : version] as const;
  });
  return { ...secret, kmsKeyId, versions: new Map(versions) };
}

/** The version that carries the label. */
export function versionAt(secret: SecretRecord, stage: string): SecretVersion | undefined {
  const versionId = secret.stages.get(stage);
  return versionId === undefined ? undefined : secret.versions.get(versionId);
}

/** The labels of a version, in the alphabetical order in which AWS lists them. */
export function stagesOf(secret: SecretRecord, versionId: string): string[] {
  return [...secret.stages].flatMap(([stage, holder]) => (holder === versionId ? [stage] : [])).sort();
}

/**
 * Adds a version under the labels asked for, `AWSCURRENT` by default. The first version of a secret always gets
 * `AWSCURRENT`, and the version that loses it gets `AWSPREVIOUS`. Source: PutSecretValue.
 */
export function addVersion(
  secret: SecretRecord,
  version: SecretVersion,
  askedStages: readonly string[] | undefined,
): SecretRecord {
  const stages = new Set(askedStages ?? [CURRENT]);
  if (secret.versions.size === 0) stages.add(CURRENT);
  return withoutOldDeprecated(
    {
      ...secret,
      changedAtMs: version.createdAtMs,
      versions: new Map([...secret.versions, [version.id, version]]),
      stages: [...stages].reduce((all, stage) => attach(all, stage, version.id), secret.stages),
    },
    version.createdAtMs,
  );
}

/** What UpdateSecretVersionStage is asked for. */
export interface StageMove {
  readonly stage: string;
  readonly removeFromVersionId: string | undefined;
  readonly moveToVersionId: string | undefined;
}

/**
 * Moves, attaches or removes a label. "If the label is attached and you either do not specify
 * RemoveFromVersionId, or the version ID does not match, then the operation fails": a compare-and-swap, read
 * here to the letter, so that it also fails when the label already is where it is to go.
 *
 * @throws {AwsError} InvalidParameterException when the fence does not hold, ResourceNotFoundException for an
 * unknown version.
 */
export function moveStage(secret: SecretRecord, move: StageMove, nowMs: number): SecretRecord {
  const { stage, removeFromVersionId, moveToVersionId } = move;
  if (removeFromVersionId === undefined && moveToVersionId === undefined)
    throw new AwsError(
      'InvalidParameterException',
      'You must specify RemoveFromVersionId, MoveToVersionId, or both.',
    );
  if (moveToVersionId !== undefined && !secret.versions.has(moveToVersionId))
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for VersionId: ${moveToVersionId}`,
    );
  checkFence(secret, move);
  if (moveToVersionId === undefined && stage === CURRENT)
    throw new AwsError(
      'InvalidParameterException',
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    );
  const stages =
    moveToVersionId === undefined
      ? new Map([...secret.stages].filter(([other]) => other !== stage))
      : attach(secret.stages, stage, moveToVersionId);
  return withoutOldDeprecated({ ...secret, changedAtMs: nowMs, stages }, nowMs);
}

function checkFence(secret: SecretRecord, { stage, removeFromVersionId }: StageMove): void {
  const holder = secret.stages.get(stage);
  if (holder !== undefined && removeFromVersionId === undefined)
    throw new AwsError(
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ` +
        `${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  if (holder !== removeFromVersionId)
    throw new AwsError(
      'InvalidParameterException',
      `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version ` +
        `that currently has the staging label ${stage}.`,
    );
}

function attach(
  stages: ReadonlyMap<string, string>,
  stage: string,
  versionId: string,
): ReadonlyMap<string, string> {
  const loser = stages.get(stage);
  const attached = new Map(stages).set(stage, versionId);
  const currentMoves = stage === CURRENT && loser !== undefined && loser !== versionId;
  return currentMoves ? attached.set(PREVIOUS, loser) : attached;
}

/** Drops the oldest versions without a label while there are more than 100, but none younger than a day. */
function withoutOldDeprecated(secret: SecretRecord, nowMs: number): SecretRecord {
  const excess = secret.versions.size - KEPT_VERSIONS;
  if (excess <= 0) return secret;
  const labelled = new Set(secret.stages.values());
  const dropped = [...secret.versions.values()]
    .filter((version) => !labelled.has(version.id) && nowMs - version.createdAtMs >= YOUNG_MS)
    .slice(0, excess)
    .map((version) => version.id);
  return { ...secret, versions: new Map([...secret.versions].filter(([id]) => !dropped.includes(id))) };
}
