import type { ObservedCall } from '../simulated-zoho.ts';
import type { ConnectionTruth, PromiseCheck, Purpose, Violate, WorldView } from './promise.ts';

interface Rotation {
  readonly call: ObservedCall;
  readonly refreshToken: string;
}

/**
 * I11: with `acceptRotatedRefreshTokens`, a refresh token that Zoho rotates is stored before the access token of the same answer
 * is published, unless AWS or the process fails meanwhile. It replaces the credentials that were used, and never others, which an
 * operator has stored.
 */
export class RotatedTokens implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #rotations = new Map<string, Rotation>();
  /** The version of the credentials that the product has made current, and when. */
  readonly #moved = new Map<string, { readonly versionId: string; readonly atMs: number }>();
  readonly #publishedVersions = new Map<string, string>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onRotated(call: ObservedCall, connection: string, refreshToken: string): void {
    const isStillUsed =
      this.#world.currentCredentials(connection)?.text.includes(call.refreshToken) !== false;
    if (isStillUsed) this.#rotations.set(connection, { call, refreshToken });
    else this.#rotations.delete(connection);
  }

  onTokenSecretChanged(connection: string, author: Purpose | 'human'): void {
    const { versionId = '' } = this.#world.currentToken(connection) ?? {};
    const isSame = this.#publishedVersions.get(connection) === versionId;
    this.#publishedVersions.set(connection, versionId);
    const rotation = this.#rotations.get(connection);
    if (isSame || author === 'human' || rotation === undefined) return;
    this.#rotations.delete(connection);
    const { sentAtMs } = rotation.call;
    const isExcused =
      this.#world.calmSinceMs() >= sentAtMs || this.#truth(connection).changedAtMs >= sentAtMs;
    const isStored =
      this.#world.currentCredentials(connection)?.text.includes(rotation.refreshToken) === true;
    if (this.#world.acceptsRotation && !isExcused && !isStored)
      this.#violate(
        `a token of ${connection} is published, and the refresh token of the same answer is not stored`,
      );
  }

  onCredentialsRotated(connection: string): void {
    const { text = '', versionId = '' } = this.#world.currentCredentials(connection) ?? {};
    const { changedAtMs, storedVersionId } = this.#truth(connection);
    const moved = this.#moved.get(connection);
    const before = moved === undefined || moved.atMs < changedAtMs ? storedVersionId : moved.versionId;
    if (versionId === before) return;
    this.#moved.set(connection, { versionId, atMs: this.#world.now() });
    if (!text.includes(`"rotated_from":"${before}"`))
      this.#violate(`credentials of ${connection} that an operator has stored are replaced by rotated ones`);
  }

  #truth(connection: string): ConnectionTruth {
    const truth = this.#world.connections().find(({ name }) => name === connection);
    if (truth === undefined) throw new Error(`The world has no connection ${connection}.`);
    return truth;
  }
}
