import type { ApiVerdict } from '../core/zoho/api-rejections.ts';

/** Kinds of calls that are remembered. A forgotten kind costs at most one more new token. */
const MAX_KINDS = 200;

interface Remembered {
  /** The newest generation with which a call of this kind succeeded. */
  readonly succeeded?: number;
  /** The newest generation that was rejected since then, and how. */
  rejected?: number;
  verdict?: ApiVerdict;
  /** A newer token was rejected like the one before. */
  isFutile?: boolean;
}

export type RejectionMemory = ReturnType<typeof createRejectionMemory>;

/**
 * Remembers which kinds of calls are rejected whatever the token: a missing scope in a shape that the table of verdicts does
 * not know, or a proxy. When a second token in a row gets the same verdict, no other one is requested for that kind of call
 * until such a call succeeds. A kind of call that has succeeded in this process is different, because something did change.
 * Then, and for a first rejection, only a very young token is not complained about, because another one would hardly differ.
 */
export const createRejectionMemory = () => {
  const kinds = new Map<string, Remembered>();

  const remember = (kind: string, known: Remembered): void => {
    kinds.delete(kind);
    kinds.set(kind, known);
    if (kinds.size > MAX_KINDS) kinds.delete(kinds.keys().next().value ?? '');
  };

  return {
    /** Notes a rejection. Returns whether a new token may help. */
    reject(kind: string, generation: number, verdict: ApiVerdict, isYoung: boolean): boolean {
      if (!isRejection(verdict)) return false;
      const known = kinds.get(kind) ?? {};
      const { succeeded = NEVER, rejected = NEVER } = known;
      if (generation > rejected) {
        known.isFutile ||= known.verdict === verdict;
        known.rejected = generation;
        known.verdict = verdict;
        remember(kind, known);
      }
      if (succeeded >= generation) return true;
      return !isYoung && (succeeded !== NEVER || known.isFutile !== true);
    },
    /** Notes a call that succeeded. */
    succeed(kind: string, generation: number): void {
      remember(kind, { succeeded: generation });
    },
    /** Notes that a call of one of these kinds succeeded. For any other of them, it proves nothing about the token itself. */
    succeedAll(isMeant: (kind: string) => boolean, generation: number): void {
      for (const kind of kinds.keys()) if (isMeant(kind)) kinds.set(kind, { succeeded: generation - 1 });
    },
  };
};

export const isRejection = (verdict: ApiVerdict): boolean => verdict === 'token' || verdict === 'ambiguous';

/** Below every generation. */
const NEVER = -Infinity;

/**
 * The kind of a call: what a scope is for. Scopes are per method and resource, and the resource is at the start of the path,
 * e.g. `GET www.zohoapis.eu/crm/v8/Leads`.
 */
export const kindOf = (method: string, url: URL): string =>
  [method, url.host, ...url.pathname.split('/').slice(1, 4)].join('/');
