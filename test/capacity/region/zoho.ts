import type { EventQueue } from '../../simulation/event-queue.ts';

/** How long Zoho takes to answer. */
export const ANSWER_MS = 300;

/** How Zoho treats a token request. A hang ends with the caller's timeout. */
export type ZohoMood = 'answers' | 'unavailable' | 'hangs';

export interface ZohoParts {
  readonly queue: EventQueue;
  readonly random: () => number;
  /** Part of the requests that fail for a reason that passes. */
  readonly transientFailures: number;
  /** Whether Zoho refuses the credentials of a connection. */
  readonly isRevoked: (connection: string) => boolean;
}

/** The accounts servers behind `fetch`. A refresh token is `1000.CONNECTION.…`. */
export class Zoho {
  issued = 0;
  /** Requests that failed because of an outage or a hang. */
  lost = 0;
  /** By the host of the accounts server. What is not listed answers. */
  readonly moods = new Map<string, ZohoMood>();
  /** A request for this connection has come. */
  onRequest: (connection: string) => void = () => {};
  /** A request of this connection failed for a reason that passes. */
  onTransient: (connection: string) => void = () => {};
  readonly #parts: ZohoParts;

  constructor(parts: ZohoParts) {
    this.#parts = parts;
  }

  readonly fetch: typeof globalThis.fetch = (url, init) => {
    const { queue } = this.#parts;
    const body = String(init?.body);
    const connection = /refresh_token=1000\.([^.&]+)/.exec(body)?.[1] ?? '';
    this.onRequest(connection);
    const mood = this.moods.get(new URL(String(url)).host) ?? 'answers';
    if (mood === 'hangs') {
      this.lost += 1;
      return new Promise((_, reject) => {
        const { signal } = init ?? {};
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    }
    const answer = mood === 'unavailable' ? this.#outage() : this.#answer(connection);
    return new Promise((resolve) => queue.after(ANSWER_MS, () => resolve(answer)));
  };

  #outage(): Response {
    this.lost += 1;
    return new Response('<html></html>', { status: 503 });
  }

  #answer(connection: string): Response {
    const { isRevoked, random, transientFailures } = this.#parts;
    if (isRevoked(connection)) return this.#json({ error: 'invalid_code' });
    if (random() < transientFailures) {
      this.onTransient(connection);
      return new Response('<html></html>', { status: 503 });
    }
    this.issued += 1;
    const token = `1000.${String(this.issued).padStart(32, '0')}.${'a'.repeat(32)}`;
    return this.#json({
      access_token: token,
      api_domain: 'https://www.zohoapis.eu',
      token_type: 'Bearer',
      expires_in: 3600,
    });
  }

  #json(body: object): Response {
    const date = new Date(this.#parts.queue.now()).toUTCString();
    return new Response(JSON.stringify(body), { headers: { date, 'content-type': 'application/json' } });
  }
}
