import type { AnswerKind } from '../answer-kind.ts';
import type { ObservedCall } from '../simulated-zoho.ts';
import type { PromiseCheck, Violate, WorldView } from './promise.ts';

/** The refresher looks for a stored successor for up to 10 seconds. */
const FOUND_MS = 15_000;

/** Zoho has refused a refresh token whose successor is stored. */
interface Refusal {
  readonly sentAtMs: number;
  readonly refusedVersionId: string;
  readonly foundUntilMs: number;
}

/**
 * I11, second half: a rotated refresh token is not lost once it was stored. If the process ended before it could make it current, the
 * next attempt that Zoho refuses finds it and makes it current, without an operator. That the connection then has a valid token again
 * in time, I4 says. One that was not stored before the process ended is lost: I6 and I10 expect a blocked connection and a notification.
 */
export class StoredSuccessors implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #refusals = new Map<string, Refusal>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onCallAnswered(call: ObservedCall, connection: string, kind: AnswerKind): void {
    const used = this.#world.currentCredentials(connection);
    const hasEnded = !this.#world.acceptsRefreshToken(connection, call.refreshToken);
    const isUsed = used?.text.includes(`"${call.refreshToken}"`) === true;
    if (kind !== 'definite-refusal' || !hasEnded || !isUsed || this.#isWrong(call, connection)) return;
    if (this.#world.acceptsRotation && this.#hasSuccessor(connection, used.versionId))
      this.#refusals.set(connection, {
        sentAtMs: call.sentAtMs,
        refusedVersionId: used.versionId,
        foundUntilMs: this.#world.now() + FOUND_MS,
      });
  }

  onCheck(): void {
    const now = this.#world.now();
    for (const { name, changedAtMs } of this.#world.connections()) {
      const refusal = this.#refusals.get(name);
      if (refusal === undefined || now <= refusal.foundUntilMs) continue;
      this.#refusals.delete(name);
      const isExcused = Math.max(this.#world.calmSinceMs(), changedAtMs) >= refusal.sentAtMs;
      const isLeft = this.#world.currentCredentials(name)?.versionId === refusal.refusedVersionId;
      if (isLeft && !isExcused)
        this.#violate(
          `Zoho refuses the refresh token of ${name}, and the stored one that replaces it is not used`,
        );
    }
  }

  /** Whether Zoho refuses everything now: then it may name another error than that the refresh token has ended. */
  #isWrong({ sentAtMs }: ObservedCall, connection: string): boolean {
    const now = this.#world.now();
    return this.#world
      .wrongRefusals(connection)
      .some(({ fromMs, untilMs }) => fromMs <= now && sentAtMs < untilMs);
  }

  /** Whether the refresh token that Zoho issued in place of a version's is stored, and accepted. */
  #hasSuccessor(connection: string, versionId: string): boolean {
    const { text = '' } = this.#world.rotatedCredentials(connection) ?? {};
    const refreshToken = /"refresh_token":"([^"]*)"/.exec(text)?.[1] ?? '';
    return (
      text.includes(`"rotated_from":"${versionId}"`) &&
      this.#world.acceptsRefreshToken(connection, refreshToken)
    );
  }
}
