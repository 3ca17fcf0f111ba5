import { createHash } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { accessTokenSecretName } from '../core/connection/connection-name.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { PublishResult, TokenStore } from '../core/ports.ts';
import { type AccessToken, serializeAccessToken, storedGeneration } from '../core/secrets/access-token.ts';
import { hasName } from './aws-error-kinds.ts';
import { translateAwsError } from './aws-errors.ts';
import { readLastPublished } from './last-published.ts';
import { moveLabel } from './move-label.ts';
import { type Pauses, persist } from './persist.ts';
import { isSecretWithoutValue } from './secret-without-value.ts';
import { untilAborted } from './until-aborted.ts';

const CURRENT = 'AWSCURRENT';
const CANDIDATE = 'CANDIDATE';

/**
 * How far the next generation goes up if this one is taken although AWSCURRENT, which someone has edited, has a lower one or none: then
 * nothing says which one is the highest. Secrets Manager keeps about 100 versions, so this is beyond all of them.
 */
const BEYOND_ALL_VERSIONS = 1_000;

/** How often the publish retries while AWSCURRENT keeps moving. */
const MAX_MOVES = 3;

/**
 * The token secrets in Secrets Manager, written by a fenced publish: the new version is stored as CANDIDATE, and
 * AWSCURRENT is moved to it *from the version that the row knows*. Secrets Manager refuses the move if the label is on
 * another version, which makes it a compare-and-swap: an older token cannot replace a newer one, however long its
 * writer was paused.
 */
export function createTokenSecrets(
  client: SecretsManagerClient,
  secretPrefix: string,
  /** With them, a publish that is throttled or gets no answer is tried again until its signal aborts. */
  pauses?: Pauses,
): TokenStore {
  return {
    lastPublished: (name, signal) =>
      readLastPublished(client, { name, secretName: accessTokenSecretName(secretPrefix, name), signal }),
    publish: (token, fromVersionId, signal) => {
      const secretName = accessTokenSecretName(secretPrefix, token.connection);
      return new FencedPublish({ client, secretName, token, signal, pauses }).run(fromVersionId);
    },
  };
}

/**
 * Publishes a token of a writer without a lease, for an emergency: only if AWSCURRENT is still on the version that it saw. Whatever
 * was published since is kept, even if its generation is lower: it may be newer.
 */
export function publishOnlyFrom(
  client: SecretsManagerClient,
  secretPrefix: string,
  {
    token,
    fromVersionId,
    signal,
  }: {
    readonly token: AccessToken;
    /** Undefined if the secret was empty. */
    readonly fromVersionId: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<PublishResult> {
  const secretName = accessTokenSecretName(secretPrefix, token.connection);
  return new FencedPublish({ client, secretName, token, signal }).runOnlyFrom(fromVersionId);
}

/**
 * Idempotency token and version ID of a generation, so that a repeated put creates no second version. Secrets Manager
 * accepts 32 to 64 characters.
 */
export function versionIdOf(connection: string, generation: number): string {
  return createHash('sha256').update(`${connection}#${generation}`).digest('hex');
}

type Stored = { readonly versionId: string; readonly generation: number | undefined };

/** The result of storing the candidate. An error means that nothing was written. */
type Put = 'stored' | 'is-current' | 'another-token-of-this-generation' | InfrastructureError;

interface PublishOf {
  readonly client: SecretsManagerClient;
  readonly secretName: string;
  readonly token: AccessToken;
  readonly signal: AbortSignal;
  readonly pauses?: Pauses | undefined;
}

class FencedPublish {
  readonly #client: SecretsManagerClient;
  readonly #secretName: string;
  readonly #token: AccessToken;
  readonly #signal: AbortSignal;
  readonly #pauses: Pauses | undefined;
  readonly #versionId: string;

  constructor({ client, secretName, token, signal, pauses }: PublishOf) {
    this.#client = client;
    this.#secretName = secretName;
    this.#token = token;
    this.#signal = signal;
    this.#pauses = pauses;
    this.#versionId = versionIdOf(token.connection, token.generation);
  }

  async run(fromVersionId: string | undefined): Promise<PublishResult> {
    const put = await this.#putCandidate();
    if (put instanceof InfrastructureError) return { kind: 'not-stored', error: put };
    if (put === 'another-token-of-this-generation') return this.#taken(await this.#readCurrent());
    if (put === 'is-current') return this.#published();
    if (fromVersionId !== undefined && (await this.#moveCurrent(fromVersionId))) return this.#published();
    return this.#moveFromFoundVersion();
  }

  async runOnlyFrom(fromVersionId: string | undefined): Promise<PublishResult> {
    const put = await this.#putCandidate();
    if (put instanceof InfrastructureError) return { kind: 'not-stored', error: put };
    if (put === 'is-current') return this.#published();
    const isStored = put === 'stored';
    if (isStored && fromVersionId !== undefined && (await this.#moveCurrent(fromVersionId)))
      return this.#published();
    const current = await this.#readCurrent();
    const isOurs = isStored && current?.versionId === this.#versionId;
    return isOurs ? this.#published() : this.#supersededBy(current);
  }

  /** The row is behind the secret: the secret was edited by hand, or the row was lost or restored. */
  async #moveFromFoundVersion(): Promise<PublishResult> {
    for (let move = 0; move < MAX_MOVES; move += 1) {
      const current = await this.#readCurrent();
      if (current?.versionId === this.#versionId) return this.#published();
      if (current?.generation !== undefined && current.generation >= this.#token.generation) {
        return this.#supersededBy(current);
      }
      if (await this.#moveCurrent(current?.versionId)) return this.#published();
    }
    throw new InfrastructureError({
      code: 'aws_unavailable',
      message: `AWSCURRENT of ${this.#secretName} kept moving: something else writes this secret. Find it in CloudTrail (PutSecretValue).`,
    });
  }

  /** A repeated put creates no second version. That nothing was written is certain only if every try says so. */
  async #putCandidate(): Promise<Put> {
    let mayBeStored = false;
    try {
      return await this.#persist(async () => {
        const put = await this.#tryToPut().catch((error: unknown) => {
          mayBeStored = true;
          throw error;
        });
        if (put instanceof InfrastructureError) throw put;
        return put;
      });
    } catch (error) {
      if (mayBeStored || !(error instanceof InfrastructureError)) throw error;
      return error;
    }
  }

  /** Secrets Manager makes the first version of a secret AWSCURRENT, whatever stages are requested. */
  async #tryToPut(): Promise<Put> {
    const text = serializeAccessToken(this.#token);
    const command = new PutSecretValueCommand({
      SecretId: this.#secretName,
      ClientRequestToken: this.#versionId,
      SecretString: text,
      VersionStages: [CANDIDATE],
    });
    try {
      const { VersionStages } = await untilAborted(
        this.#signal,
        this.#client.send(command, { abortSignal: this.#signal }),
      );
      return VersionStages?.includes(CURRENT) ? 'is-current' : 'stored';
    } catch (error) {
      if (hasName(error, 'ResourceExistsException')) return 'another-token-of-this-generation';
      return this.#afterFailedPut(
        text,
        translateAwsError(error, { action: 'secretsmanager:PutSecretValue', resource: this.#secretName }),
      );
    }
  }

  /**
   * A refusal wrote nothing. After a timeout or a 5xx error, the version may have been stored, so it is read. It may
   * also be an earlier token of this generation, if an older row was restored since.
   */
  async #afterFailedPut(text: string, error: InfrastructureError): Promise<Put> {
    if (error.code !== 'aws_unavailable') return error;
    const command = new GetSecretValueCommand({ SecretId: this.#secretName, VersionId: this.#versionId });
    try {
      const { SecretString } = await untilAborted(
        this.#signal,
        this.#client.send(command, { abortSignal: this.#signal }),
      );
      return SecretString === text ? 'stored' : 'another-token-of-this-generation';
    } catch (readError) {
      if (isSecretWithoutValue(readError)) return error;
      throw error;
    }
  }

  /** If the answer to a move was lost, the next try is refused, and AWSCURRENT is read. */
  #moveCurrent(fromVersionId: string | undefined): Promise<boolean> {
    const move = {
      secretName: this.#secretName,
      label: CURRENT,
      toVersionId: this.#versionId,
      fromVersionId,
    };
    return this.#persist(() => moveLabel(this.#client, move, this.#signal));
  }

  #readCurrent(): Promise<Stored | undefined> {
    return this.#persist(() => this.#tryToReadCurrent());
  }

  readonly #persist = <T>(call: () => Promise<T>) => persist(this.#pauses, this.#signal, call);

  async #tryToReadCurrent(): Promise<Stored | undefined> {
    const command = new GetSecretValueCommand({ SecretId: this.#secretName, VersionStage: CURRENT });
    const call = { action: 'secretsmanager:GetSecretValue', resource: this.#secretName };
    try {
      const { VersionId, SecretString } = await untilAborted(
        this.#signal,
        this.#client.send(command, { abortSignal: this.#signal }),
      );
      return VersionId === undefined
        ? undefined
        : { versionId: VersionId, generation: storedGeneration(SecretString ?? '') };
    } catch (error) {
      if (isSecretWithoutValue(error)) return undefined;
      throw translateAwsError(error, call);
    }
  }

  #published(): PublishResult {
    return { kind: 'published', versionId: this.#versionId };
  }

  #taken(current: Stored | undefined): PublishResult {
    const { generation } = this.#token;
    const found = current?.generation ?? 0;
    const isProven = found >= generation;
    return { kind: 'superseded', generationFound: isProven ? found : generation + BEYOND_ALL_VERSIONS };
  }

  #supersededBy(current: Stored | undefined): PublishResult {
    return { kind: 'superseded', generationFound: current?.generation ?? this.#token.generation };
  }
}
