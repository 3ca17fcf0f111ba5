import type { ApiRequest } from '../simulated-api.ts';
import type { ConsumerCall, ConsumerResult } from './consumer-facts.ts';
import type { PromiseCheck, Violate, WorldView } from './promise.ts';

/** How long after the last fault that hit it a process must serve again. */
const RECOVERY_MS = 30_000;
/** Eventually consistent reads, and some seconds for the call. */
const SETTLED_MS = 120_000;
/** How much life the published token must have left. */
const LIFE_LEFT_MS = 60_000;

/** What is wrong with a call itself. No token would help. */
const WRONG_CALL = ['invalid_url', 'forbidden_host'];

/**
 * C4: within 30 s of AWS's recovery every process serves again: a call that starts then gets a token at once, if a valid one
 * has been published. A call of an API got one if a request has left the process.
 */
export class ServingAgain implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #publishedAtMs = new Map<string, number>();
  /** When a request last left a process, by its id. */
  readonly #requestedAtMs = new Map<string, number>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onTokenSecretChanged(connection: string): void {
    this.#publishedAtMs.set(connection, this.#world.now());
  }

  onApiRequest({ process }: ApiRequest): void {
    this.#requestedAtMs.set(process, this.#world.now());
  }

  onConsumerReturned(call: ConsumerCall, result: ConsumerResult): void {
    const { name, process, connection, startedAtMs, boundMs } = call;
    const wasCalm = startedAtMs > process.disturbedUntilMs + RECOVERY_MS;
    if (result.kind !== 'error' || !wasCalm || boundMs < RECOVERY_MS) return;
    const hadToken = (this.#requestedAtMs.get(process.environment.id) ?? 0) >= startedAtMs;
    const { code = '' } = result.error as { code?: string };
    if (hadToken || WRONG_CALL.includes(code)) return;
    if (this.#hasTokenSince(connection, startedAtMs - SETTLED_MS))
      this.#violate(`${name} fails although AWS has recovered: ${String(result.error)}`);
  }

  /** Whether one token has been published and valid since then. */
  #hasTokenSince(connection: string, sinceMs: number): boolean {
    const { text = '' } = this.#world.currentToken(connection) ?? {};
    const token = /"access_token":"([^"]*)"/.exec(text)?.[1] ?? '';
    const expiresAtMs = Date.parse(/"expires_at":"([^"]*)"/.exec(text)?.[1] ?? '');
    const isOld = (this.#publishedAtMs.get(connection) ?? Number.POSITIVE_INFINITY) < sinceMs;
    return isOld && this.#world.isValidAtZoho(token) && expiresAtMs > this.#world.now() + LIFE_LEFT_MS;
  }
}
