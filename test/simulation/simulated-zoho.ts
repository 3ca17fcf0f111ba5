import { type Answer, errorAnswer, settlementAnswer } from '../../sandbox/zoho/answers.ts';
import { ClientRegistry } from '../../sandbox/zoho/client-registry.ts';
import { DATA_CENTERS, LOCATIONS, type Location } from '../../sandbox/zoho/data-centers.ts';
import { type Delivery, deliver, deliverWithFault } from '../../sandbox/zoho/delivery.ts';
import type { Clock } from '../../sandbox/zoho/limits.ts';
import { OAuthState } from '../../sandbox/zoho/oauth-state.ts';
import { type Settlement, TokenService } from '../../sandbox/zoho/token-service.ts';
import { createTokenStrings, type TokenStrings } from '../../sandbox/zoho/token-strings.ts';
import { type AnswerKind, describe, kindOf } from './answer-kind.ts';
import type { Environment, Task } from './environment.ts';
import type { EventQueue } from './event-queue.ts';
import { sendCall } from './send-call.ts';
import type { ZohoCallPlan } from './zoho-faults.ts';

/** One call of the token endpoint. */
export interface ObservedCall {
  readonly name: string;
  readonly sentAtMs: number;
  readonly task: Task;
  readonly dataCenter: string;
  readonly refreshToken: string;
  readonly clientSecret: string;
}

/** Sees every call. The promises about mints are checked from here. */
export interface ZohoObserver {
  onSent(call: ObservedCall): void;
  onReceived(call: ObservedCall): void;
  /** Zoho's answer has reached the process. */
  onAnswered(call: ObservedCall, kind: AnswerKind): void;
  /** The caller no longer waits, or Zoho no longer works on the call. */
  onOver(call: ObservedCall): void;
}

export interface SimulatedZohoOptions {
  readonly queue: EventQueue;
  readonly random: () => number;
  readonly plan: (call: string) => ZohoCallPlan;
  /** The error with which Zoho refuses a call whatever its credentials are. @default none */
  readonly refusalFor?: (call: ObservedCall) => string | undefined;
  /** What Zoho delivers instead of its documented answer. @default nothing */
  readonly changedDelivery?: (call: ObservedCall, settle: () => Answer) => Delivery | undefined;
  /** A call has issued a refresh token that replaces the one that was used. */
  readonly onRotated?: (call: ObservedCall, refreshToken: string) => void;
  readonly isDroppedWhenAborted: (call: string) => boolean;
  readonly observer: ZohoObserver;
  readonly trace: (text: () => string) => void;
}

/** How long Zoho works on an unanswered call whose caller does not hang up. */
const MAX_WORK_MS = 20_000;

/** Zoho's accounts servers without a network: the sandbox's token service behind a `fetch`. */
export class SimulatedZoho {
  readonly clients: ClientRegistry;
  readonly state: OAuthState;
  /** Every client secret, refresh token and access token that Zoho ever issued, delivered or not. */
  readonly secretTexts: ReadonlySet<string>;
  readonly #killed = new Set<string>();
  readonly #service: TokenService;
  readonly #options: SimulatedZohoOptions;

  constructor(options: SimulatedZohoOptions) {
    const clock: Clock = options.queue;
    const secretTexts = new Set<string>();
    const strings = recording(createTokenStrings(options.random), secretTexts);
    this.secretTexts = secretTexts;
    this.clients = new ClientRegistry(strings);
    this.state = new OAuthState(clock, strings);
    this.#service = new TokenService(clock, strings, this.clients, this.state);
    this.#options = options;
  }

  /** The `fetch` of one process. */
  fetchFor(environment: Environment): typeof globalThis.fetch {
    return ((url: string, init: RequestInit) =>
      this.#call(environment, url, init)) as typeof globalThis.fetch;
  }

  /** Ends the life of an access token, without its refresh token. */
  kill(accessToken: string): void {
    this.#killed.add(accessToken);
  }

  /** Whether the APIs accept an access token now. */
  isValid(accessToken: string): boolean {
    return this.state.isValid(accessToken) && !this.#killed.has(accessToken);
  }

  async #call(environment: Environment, url: string, init: RequestInit): Promise<unknown> {
    const { queue, plan: planCall, observer, trace } = this.#options;
    const name = environment.nameCall('token');
    const location = locationOf(url);
    const parameters = new Map(new URLSearchParams(String(init.body)));
    const call: ObservedCall = {
      name,
      sentAtMs: queue.now(),
      task: environment.task,
      dataCenter: location,
      refreshToken: parameters.get('refresh_token') ?? '',
      clientSecret: parameters.get('client_secret') ?? '',
    };
    const plan = planCall(name);
    const signal = init.signal ?? undefined;
    const isSent = plan.crash !== 'before' && !environment.isDead && signal?.aborted !== true;
    const flight = new Flight(() => observer.onOver(call));
    if (isSent) {
      observer.onSent(call);
      this.#endUnansweredWork(plan, flight);
    }
    const delivery = await sendCall<Delivery>(queue, environment, {
      plan,
      signal,
      perform: () => {
        const isLost = flight.callerIsGone && this.#options.isDroppedWhenAborted(name);
        const delivered = isLost
          ? ({ kind: 'reset' } as const)
          : this.#receive(call, location, parameters, plan);
        trace(() => `${name}: ${isLost ? 'the caller has hung up' : `Zoho answers ${describe(delivered)}`}`);
        return delivered;
      },
      errorNamed: (code) => connectionError(code),
      onOver: () => flight.callerHungUp(),
    });
    observer.onAnswered(call, kindOf(delivery));
    if (delivery.kind === 'reset') throw connectionError('ECONNRESET');
    if (delivery.kind === 'silence') return new Promise((_, reject) => rejectOnAbort(signal, reject));
    const headers = new Headers({ date: new Date(queue.now()).toUTCString() });
    return { status: delivery.answer.status, headers, body: bodyOf(delivery, signal) };
  }

  #receive(
    call: ObservedCall,
    location: Location,
    parameters: Map<string, string>,
    plan: ZohoCallPlan,
  ): Delivery {
    this.#options.observer.onReceived(call);
    const refusal = this.#options.refusalFor?.(call);
    const settle = () =>
      refusal === undefined
        ? settlementAnswer(location, this.#settle(call, location, parameters), 'english')
        : errorAnswer(refusal);
    const delivery =
      plan.answerFault === undefined
        ? (this.#options.changedDelivery?.(call, settle) ?? deliver(settle()))
        : deliverWithFault(plan.answerFault, settle);
    return plan.statedLifeSeconds === undefined ? delivery : withLife(delivery, plan.statedLifeSeconds);
  }

  #settle(call: ObservedCall, location: Location, parameters: Map<string, string>): Settlement {
    const settlement = this.#service.settle(location, parameters);
    if (settlement.outcome === 'minted' && settlement.refreshToken !== undefined)
      this.#options.onRotated?.(call, settlement.refreshToken);
    return settlement;
  }

  /** A paused caller cannot hang up. Zoho's own timeout then ends the call. */
  #endUnansweredWork({ effectMs, answerMs }: ZohoCallPlan, flight: Flight): void {
    this.#options.queue.after(Math.max(effectMs ?? 0, answerMs ?? MAX_WORK_MS), () => flight.end());
  }
}

function recording(strings: TokenStrings, secretTexts: Set<string>): TokenStrings {
  const record = (text: string) => {
    secretTexts.add(text);
    return text;
  };
  return {
    ...strings,
    token: () => record(strings.token()),
    clientSecret: () => record(strings.clientSecret()),
  };
}

/** A call is in flight until Zoho answers or its caller hangs up. */
class Flight {
  readonly #onOver: () => void;
  #isOver = false;
  callerIsGone = false;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  callerHungUp(): void {
    this.callerIsGone = true;
    this.end();
  }

  end(): void {
    if (!this.#isOver) this.#onOver();
    this.#isOver = true;
  }
}

function locationOf(url: string): Location {
  const { host, pathname, protocol } = new URL(url);
  const location = LOCATIONS.find((each) => DATA_CENTERS[each].accounts === host);
  if (location === undefined || pathname !== '/oauth/v2/token' || protocol !== 'https:') {
    throw new Error(`Zoho has no token endpoint at ${protocol}//${host}${pathname}.`);
  }
  return location;
}

function withLife(delivery: Delivery, seconds: number): Delivery {
  if (delivery.kind !== 'answer') return delivery;
  const document = JSON.parse(delivery.answer.body) as Record<string, unknown>;
  if (document.access_token === undefined) return delivery;
  // Zoho never states more than a token has.
  const expires_in = Math.min(seconds, Number(document.expires_in));
  return deliver({ ...delivery.answer, body: JSON.stringify({ ...document, expires_in }) });
}

async function* bodyOf(
  delivery: { kind: string; answer: Answer },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(delivery.answer.body);
  const isWhole = delivery.kind === 'answer';
  yield isWhole ? bytes : bytes.subarray(0, bytes.length / 2);
  if (isWhole) return;
  await new Promise((_, reject) => rejectOnAbort(signal, reject));
}

function rejectOnAbort(signal: AbortSignal | undefined, reject: (reason: unknown) => void): void {
  if (signal?.aborted) reject(signal.reason);
  else signal?.addEventListener('abort', () => reject(signal.reason));
}

/** The error of `fetch` when a connection breaks. */
function connectionError(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}
