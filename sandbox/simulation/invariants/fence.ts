import type { TableWrite } from '../simulated-table.ts';
import { type Invariant, numberIn, type Purpose, type Violate, type WorldView } from './invariant.ts';

interface Seen {
  readonly versionId: string;
  readonly generation: number;
  readonly expiresAtMs: number;
  readonly lifeMs: number;
}

/**
 * I3: the generation that a reader of AWSCURRENT sees never goes back, and its end is never earlier than one seen before,
 * unless Zoho gave the newer token a shorter life. People may write what they like; the product must get past it.
 */
export class Fence implements Invariant {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #newest = new Map<string, Seen>();
  readonly #currentVersion = new Map<string, string>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onTokenSecretChanged(connection: string, author: Purpose | 'human'): void {
    const current = this.#world.currentToken(connection);
    if (current === undefined || current.versionId === this.#currentVersion.get(connection)) return;
    this.#currentVersion.set(connection, current.versionId);
    const newest = this.#newest.get(connection);
    const seen = parseSeen(current);
    if (author === 'human') {
      const generation = Math.max(seen?.generation ?? 0, newest?.generation ?? 0);
      if (newest !== undefined) this.#newest.set(connection, { ...newest, generation });
      return;
    }
    if (seen === undefined) return this.#violate(`readers of ${connection} get something that is no token`);
    this.#newest.set(connection, seen);
    if (newest === undefined) return;
    if (seen.generation <= newest.generation) {
      this.#violate(`readers of ${connection} see generation ${seen.generation} after ${newest.generation}`);
    }
    if (seen.expiresAtMs < newest.expiresAtMs && seen.lifeMs >= newest.lifeMs) {
      this.#violate(`the new token of ${connection} ends before the one that it replaces`);
    }
  }

  onRowWritten({ key: connection, before, after }: TableWrite): void {
    for (const attribute of ['generation', 'publishedGeneration']) {
      const [was, is] = [numberIn(before, attribute) ?? 0, numberIn(after, attribute) ?? 0];
      if (is < was) this.#violate(`${attribute} in the row of ${connection} goes from ${was} back to ${is}`);
    }
  }
}

function parseSeen({ text, versionId }: { text: string; versionId: string }): Seen | undefined {
  try {
    const document = JSON.parse(text) as Record<string, unknown>;
    const expiresAtMs = Date.parse(String(document.expires_at));
    const lifeMs = expiresAtMs - Date.parse(String(document.issued_at));
    if (typeof document.generation !== 'number' || Number.isNaN(lifeMs)) return undefined;
    return { versionId, generation: document.generation, expiresAtMs, lifeMs };
  } catch {
    return undefined;
  }
}
