import type { ApiVerdict } from '../core/zoho/api-rejections.ts';

/** Kinds of calls that are remembered. A forgotten kind costs at most one more new token. */
const MAX_KINDS = 200;

interface Remembered {
  /** The newest generation with which a call of this kind succeeded; 0 without one. */
  succeeded: number;
  /** The rejection since the last success. */
  rejected?: { readonly generation: number; readonly verdict: ApiVerdict } | undefined;
  /** A newer token was rejected like the one before. */
  isFutile?: boolean;
}

/**
 * Remembers which kinds of calls are rejected whatever the token: a missing scope in a shape that the table of verdicts does
 * not know, or a proxy. When a second token in a row gets the same verdict, no other one is requested for that kind of call
 * until such a call succeeds. A kind of call that has succeeded in this process is different, because something did change.
 * Then, and for a first rejection, only a very young token is not complained about, because another one would hardly differ.
 */
export class RejectionMemory {
  readonly #kinds = new Map<string, Remembered>();

  /** Notes a rejection. Returns whether a new token may help. */
  reject(kind: string, rejection: { generation: number; verdict: ApiVerdict; isYoung: boolean }): boolean {
    const { generation, verdict, isYoung } = rejection;
    if (verdict !== 'token' && verdict !== 'ambiguous') return false;
    const known = this.#kinds.get(kind) ?? { succeeded: 0 };
    const before = known.rejected;
    if (before === undefined || generation > before.generation) {
      known.isFutile = known.isFutile === true || before?.verdict === verdict;
      known.rejected = { generation, verdict };
      this.#remember(kind, known);
    }
    if (known.succeeded >= generation) return true;
    if (known.isFutile === true && known.succeeded === 0) return false;
    return !isYoung;
  }

  /** Notes a call that succeeded. */
  succeed(kind: string, generation: number): void {
    this.#remember(kind, { succeeded: generation });
  }

  /** Notes that some call of these kinds succeeded, it is not known which. */
  succeedAll(isMeant: (kind: string) => boolean, generation: number): void {
    for (const kind of this.#kinds.keys())
      if (isMeant(kind)) this.#kinds.set(kind, { succeeded: generation - 0.5 });
  }

  #remember(kind: string, known: Remembered): void {
    this.#kinds.delete(kind);
    this.#kinds.set(kind, known);
    if (this.#kinds.size > MAX_KINDS) this.#kinds.delete(this.#kinds.keys().next().value ?? '');
  }
}

/**
 * The kind of a call: what a scope is for. Scopes are per method and resource, and the resource is at the start of the path,
 * e.g. `GET www.zohoapis.eu/crm/v8/Leads`.
 */
export function kindOf(method: string, url: URL): string {
  return [method, url.host, ...url.pathname.split('/').slice(1, 4)].join('/');
}
