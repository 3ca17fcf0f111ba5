import { randomUUID } from 'node:crypto';
import type { Clock } from './aws-endpoint.ts';
import { AwsError, awsFault } from './aws-error.ts';
import { KmsKeys } from './kms-keys.ts';
import { arnOf, isArn, isArnOf, possibleNamesIn } from './secret-arn.ts';
import { type Lag, SecretHistory } from './secret-history.ts';
import {
  addVersion,
  CURRENT,
  moveStage,
  reencrypt,
  type SecretRecord,
  type SecretValue,
  type StageMove,
  versionAt,
} from './secret-record.ts';
import { isSameValue, sameAgain, tokenInUse } from './secret-repetition.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_RECOVERY_DAYS = 30;

/** A new secret; without a value it has no version. */
interface NewSecret {
  readonly name: string;
  readonly value?: SecretValue | undefined;
  /** Becomes the VersionId. @default a random one */
  readonly token?: string | undefined;
  readonly description?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly tags?: ReadonlyMap<string, string> | undefined;
  readonly resourcePolicy?: string | undefined;
  readonly replicaRegions?: readonly string[] | undefined;
}

/** A new version of a secret. */
interface NewVersion {
  /** Becomes the VersionId. @default a random one */
  readonly token?: string | undefined;
  readonly value: SecretValue;
  /** `AWSCURRENT` by default. */
  readonly stages?: readonly string[] | undefined;
}

/**
 * The secrets of one account and region, without any HTTP. Everywhere `secretId` is a name, an ARN, or an ARN
 * without its six last characters, as in AWS. Every method throws `AwsError` as AWS would.
 */
export class SecretStore {
  readonly keys = new KmsKeys();
  readonly #clock: Clock;
  readonly #histories = new Map<string, SecretHistory>();
  readonly #accessDaysMs = new Map<string, number>();
  #createdSecrets = 0;
  #lag: Lag | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on reads (GetSecretValue by label, DescribeSecret, ListSecretVersionIds) may see an older state. */
  lagReads(lag: Lag): void {
    this.#lag = lag;
  }

  /** Ends all lag: reads see the actual state again. */
  catchUp(): void {
    this.#lag = undefined;
  }

  /** The actual state of a secret, without lag; undefined if there is none. */
  find(secretId: string): SecretRecord | undefined {
    const secret = this.#history(secretId)?.latest;
    const isGone = secret?.deletionAtMs !== undefined && secret.deletionAtMs <= this.#clock.now();
    return isGone ? undefined : secret;
  }

  /** The time of the store's clock, in milliseconds. */
  nowMs(): number {
    return this.#clock.now();
  }

  /** The actual text of `AWSCURRENT`, without lag; undefined if there is none. */
  currentText(secretId: string): string | undefined {
    const secret = this.find(secretId);
    const value = secret === undefined ? undefined : versionAt(secret, CURRENT)?.value;
    return value?.kind === 'string' ? value.text : undefined;
  }

  /** Every secret, also those scheduled for deletion, in the order of their creation. */
  all(): SecretRecord[] {
    return [...this.#histories.keys()]
      .flatMap((name) => this.find(name) ?? [])
      .sort((one, other) => one.createdAtMs - other.createdAtMs);
  }

  /** What a reader sees, with lag in everything but a deletion. */
  read(secretId: string): SecretRecord {
    this.get(secretId);
    return this.#history(secretId)?.seenBy(this.#clock.now(), this.#lag) ?? notFound();
  }

  /** The actual state, for an operation that requires the secret. */
  get(secretId: string): SecretRecord {
    return this.find(secretId) ?? notFound();
  }

  /** Records that the value was read today. */
  noteAccess({ arn }: SecretRecord): void {
    const nowMs = this.#clock.now();
    this.#accessDaysMs.set(arn, nowMs - (nowMs % DAY_MS));
  }

  /** The start of the UTC day on which the value was last read; undefined when it never was. */
  lastAccessDayMs({ arn }: SecretRecord): number | undefined {
    return this.#accessDaysMs.get(arn);
  }

  /** Creates a secret; the same again with the same token and value does nothing. */
  create(secret: NewSecret): SecretRecord {
    const existing = this.find(secret.name);
    if (existing !== undefined) return sameAgain(existing, secret);
    const nowMs = this.#clock.now();
    const created = this.#save({
      name: secret.name,
      arn: this.#newArn(secret.name),
      description: secret.description,
      kmsKeyId: secret.kmsKeyId,
      tags: secret.tags ?? new Map(),
      resourcePolicy: secret.resourcePolicy,
      replicaRegions: secret.replicaRegions ?? [],
      createdAtMs: nowMs,
      changedAtMs: nowMs,
      deletionAtMs: undefined,
      versions: new Map(),
      stages: new Map(),
    });
    const { value, token } = secret;
    return value === undefined ? created : this.put(secret.name, { value, token });
  }

  /** Adds a version; the same token with the same value does nothing, with another value it fails. */
  put(secretId: string, { token = randomUUID(), value, stages }: NewVersion): SecretRecord {
    const secret = unlessDeleted(this.get(secretId));
    const existing = secret.versions.get(token);
    if (existing === undefined) {
      const keyId = this.keys.toEncrypt(secret);
      const version = { id: token, value, createdAtMs: this.#clock.now(), keyIds: [keyId] };
      return this.#save(addVersion(secret, version, stages));
    }
    if (!isSameValue(existing.value, value)) throw tokenInUse(token, secret);
    return secret;
  }

  /** Changes what is given: the description, and the key with which versions are encrypted. */
  update(
    secretId: string,
    change: { description?: string | undefined; kmsKeyId?: string | undefined },
  ): void {
    const secret = unlessDeleted(this.get(secretId));
    const described =
      change.description === undefined ? secret : { ...secret, description: change.description };
    if (change.kmsKeyId === undefined)
      return void this.#save({ ...described, changedAtMs: this.#clock.now() });
    // An empty text stands for the managed key.
    const kmsKeyId = change.kmsKeyId === '' ? undefined : change.kmsKeyId;
    this.keys.toEncrypt({ kmsKeyId });
    const reencrypted = reencrypt(described, kmsKeyId, (version) => this.keys.canDecrypt(version));
    this.#save({ ...reencrypted, changedAtMs: this.#clock.now() });
  }

  /** See `moveStage`. */
  moveStage(secretId: string, move: StageMove): SecretRecord {
    return this.#save(moveStage(unlessDeleted(this.get(secretId)), move, this.#clock.now()));
  }

  /** Adds tags and replaces those with the same key. */
  tag(secretId: string, tags: ReadonlyMap<string, string>): void {
    const secret = unlessDeleted(this.get(secretId));
    this.#save({ ...secret, changedAtMs: this.#clock.now(), tags: new Map([...secret.tags, ...tags]) });
  }

  /** Schedules the deletion, 30 days ahead by default. */
  scheduleDeletion(secretId: string, recoveryDays = DEFAULT_RECOVERY_DAYS): SecretRecord {
    const secret = unlessDeleted(this.get(secretId));
    return this.#save({ ...secret, deletionAtMs: this.#clock.now() + recoveryDays * DAY_MS });
  }

  /** Deletes at once. A secret that does not exist is no error. */
  deleteNow(secretId: string): { readonly name: string; readonly arn: string } {
    const secret = this.find(secretId);
    if (secret === undefined) return { name: secretId, arn: this.#newArn(secretId) };
    this.#histories.get(secret.name)?.record(undefined, this.#clock.now());
    return secret;
  }

  /** Cancels a scheduled deletion. */
  restore(secretId: string): SecretRecord {
    return this.#save({ ...this.get(secretId), deletionAtMs: undefined });
  }

  #save(secret: SecretRecord): SecretRecord {
    const history = this.#histories.get(secret.name) ?? new SecretHistory();
    this.#histories.set(secret.name, history);
    history.record(secret, this.#clock.now());
    return secret;
  }

  #history(secretId: string): SecretHistory | undefined {
    if (!isArn(secretId)) return this.#histories.get(secretId);
    return possibleNamesIn(secretId)
      .flatMap((name) => this.#histories.get(name) ?? [])
      .find(({ latest }) => latest !== undefined && isArnOf(latest.arn, secretId));
  }

  #newArn(name: string): string {
    this.#createdSecrets += 1;
    return arnOf(name, this.#createdSecrets);
  }
}

/** A secret scheduled for deletion can only be described, restored and deleted at once. */
export function unlessDeleted(secret: SecretRecord): SecretRecord {
  if (secret.deletionAtMs !== undefined)
    throw new AwsError(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  return secret;
}

function notFound(): never {
  throw awsFault('ResourceNotFoundException');
}
