import type { TableWrite } from '../simulated-table.ts';
import { numberIn, type PromiseCheck, type Purpose, type Violate, type WorldView } from './promise.ts';

interface Seen {
  readonly versionId: string;
  readonly generation: number;
  readonly expiresAtMs: number;
  readonly lifeMs: number;
}

/**
 * I3: the generation that a reader of AWSCURRENT sees never goes back, and neither does the expiry, unless Zoho gave the
 * newer token a shorter life. An operator may write anything into the secret, and the product must recover from it.
 */
export class Fence implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #newest = new Map<string, Seen>();
  /** The generation that readers get, also one that an operator wrote. */
  readonly #current = new Map<string, number | undefined>();
  /** Connections whose row was restored. The product then knows only what the secret holds. */
  readonly #restored = new Set<string>();
  readonly #currentVersion = new Map<string, string>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onTokenSecretChanged(connection: string, author: Purpose | 'human'): void {
    this.#checkGenerations(connection);
    const current = this.#world.currentToken(connection);
    if (current === undefined || current.versionId === this.#currentVersion.get(connection)) return;
    this.#currentVersion.set(connection, current.versionId);
    const newest = this.#newest.get(connection);
    const known = this.#restored.has(connection) ? undefined : newest;
    const replaced = Math.max(known?.generation ?? 0, this.#current.get(connection) ?? 0);
    const generation = generationIn(current.text);
    this.#current.set(connection, generation);
    if (author === 'human') return;
    const seen = parseSeen(current);
    if (seen === undefined) this.#violate(`readers of ${connection} get a text that is not a token`);
    else this.#newest.set(connection, seen);
    const isSameAgain = seen !== undefined && seen.versionId === newest?.versionId;
    if (generation !== undefined && generation <= replaced && !isSameAgain) {
      this.#violate(`readers of ${connection} see generation ${generation} after ${replaced}`);
    }
    if (seen === undefined || known === undefined) return;
    if (seen.expiresAtMs < known.expiresAtMs && seen.lifeMs >= known.lifeMs) {
      this.#violate(`the new token of ${connection} expires before the one that it replaces`);
    }
  }

  /** A repeated put is the same version, so a generation never has two tokens. */
  #checkGenerations(connection: string): void {
    const generations = this.#world.versionsWritten(connection).map(({ generation }) => generation);
    const last = generations.at(-1);
    if (last !== undefined && generations.indexOf(last) < generations.length - 1) {
      this.#violate(`${connection} has two tokens of generation ${last}`);
    }
  }

  onRowWritten({ key: connection, before, after, task }: TableWrite): void {
    if (task === undefined) {
      this.#restored.add(connection);
      return;
    }
    for (const attribute of ['generation', 'publishedGeneration']) {
      const [was, is] = [numberIn(before, attribute) ?? 0, numberIn(after, attribute) ?? 0];
      if (is < was) this.#violate(`${attribute} in the row of ${connection} goes from ${was} back to ${is}`);
    }
  }
}

function parseSeen({ text, versionId }: { text: string; versionId: string }): Seen | undefined {
  try {
    const document = JSON.parse(text) as Record<string, unknown>;
    const generation = generationIn(text);
    const expiresAtMs = Date.parse(String(document.expires_at));
    const lifeMs = expiresAtMs - Date.parse(String(document.issued_at));
    if (generation === undefined || Number.isNaN(lifeMs)) return undefined;
    return { versionId, generation, expiresAtMs, lifeMs };
  } catch {
    return undefined;
  }
}

function generationIn(text: string): number | undefined {
  const generation = /"generation":(\d+)/.exec(text)?.[1];
  return generation === undefined ? undefined : Number(generation);
}
