import type { ApiCallPlan } from './api-faults.ts';
import type { Environment } from './environment.ts';
import type { EventQueue } from './event-queue.ts';
import type { ProcessTruth } from './promises/consumer-facts.ts';
import { sendCall } from './send-call.ts';

/** What an API answers to one consumer, however good its token is. */
export type Ailment = 'missing scope' | 'unknown 401' | 'proxy' | 'every token is rejected';

/** A request as it leaves a consumer's process, also one that follows a redirect. */
export interface ApiRequest {
  readonly process: string;
  readonly consumer: ProcessTruth;
  readonly connection: string;
  readonly url: URL;
  /** The token in its header `authorization`, or anywhere in its URL; undefined without one. */
  readonly token: string | undefined;
  /** Another HTTP client sends it, and reports a rejection to the product without the method. */
  readonly isReported: boolean;
}

export interface SimulatedApiOptions {
  readonly queue: EventQueue;
  readonly plan: (call: string) => ApiCallPlan;
  /** Whether Zoho accepts the token now. */
  readonly isValid: (token: string) => boolean;
  readonly onRequest: (request: ApiRequest) => void;
  /** An answer has reached the process. */
  readonly onAnswered: (
    request: ApiRequest,
    answer: {
      readonly status: number /** The token is not valid, and the answer says so. */;
      readonly isDead: boolean;
    },
  ) => void;
  readonly trace: (text: () => string) => void;
}

/** The consumer that calls: who, with which connection, and what its calls have in common. */
export interface ApiCaller {
  readonly environment: Environment;
  readonly consumer: ProcessTruth;
  readonly connection: string;
  readonly ailment: () => Ailment | undefined;
  /** As in {@link ApiRequest}. */
  readonly isReported: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly location?: string | undefined;
}

const AILING: Readonly<Record<Ailment, Answer>> = {
  'missing scope': { status: 401, body: '{"code":"OAUTH_SCOPE_MISMATCH","message":"invalid oauth scope"}' },
  'unknown 401': { status: 401, body: '{"code":"NOT_LISTED_ANYWHERE"}' },
  proxy: { status: 401, body: '<!doctype html><html><title>Sign in to the proxy</title></html>' },
  'every token is rejected': {
    status: 401,
    body: '{"code":"INVALID_TOKEN","message":"invalid oauth token"}',
  },
};
const ACCEPTED: Answer = { status: 200, body: '{"data":[]}' };
const DEAD: Answer = AILING['every token is rejected'];

const MAX_REDIRECTS = 20;
const TOKEN_IN_URL = /1000\.[0-9a-f]{32}\.[0-9a-f]{32}/;

/** Zoho's APIs without a network: a `fetch` for each consumer, whose answers depend on the token. Follows redirects. */
export class SimulatedApi {
  readonly #options: SimulatedApiOptions;

  constructor(options: SimulatedApiOptions) {
    this.#options = options;
  }

  fetchFor(caller: ApiCaller): typeof globalThis.fetch {
    return (input, init) => {
      const request = input instanceof Request ? input : undefined;
      const headers = new Headers(init?.headers ?? request?.headers);
      return this.#follow(caller, new URL(request?.url ?? String(input)), headers, {
        signal: init?.signal ?? request?.signal,
        redirect: init?.redirect ?? request?.redirect ?? 'follow',
      });
    };
  }

  /** As the platform's `fetch` does: no header `authorization` for another origin. */
  async #follow(
    caller: ApiCaller,
    start: URL,
    headers: Headers,
    { signal, redirect }: { signal: AbortSignal | undefined | null; redirect: RequestInit['redirect'] },
  ): Promise<Response> {
    let url = start;
    for (let hops = 0; hops < MAX_REDIRECTS; hops += 1) {
      const { answer, stalls } = await this.#send(caller, url, headers, signal ?? undefined);
      if (answer.location === undefined || redirect === 'manual') {
        return responseOf(answer, { url, redirected: hops > 0, stalls });
      }
      if (redirect === 'error')
        throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
      const next = new URL(answer.location, url);
      if (next.origin !== url.origin) headers.delete('authorization');
      url = next;
    }
    throw new TypeError('fetch failed', { cause: new Error('redirect count exceeded') });
  }

  async #send(caller: ApiCaller, url: URL, headers: Headers, signal: AbortSignal | undefined) {
    const { queue, plan: planCall, isValid, onRequest, onAnswered, trace } = this.#options;
    const { environment, connection, consumer, isReported } = caller;
    const authorization = headers.get('authorization')?.replace(/^Zoho-oauthtoken /, '');
    const request: ApiRequest = {
      process: environment.id,
      consumer,
      connection,
      url,
      token: authorization ?? TOKEN_IN_URL.exec(url.href)?.[0],
      isReported,
    };
    const name = environment.nameCall('api');
    if (!environment.isDead && signal?.aborted !== true) onRequest(request);
    const plan = planCall(name);
    let isTokenValid = false;
    const answer = await sendCall<Answer>(queue, environment, {
      plan,
      signal,
      perform: () => {
        isTokenValid = request.token !== undefined && isValid(request.token);
        return plan.answer ?? answerTo(url, isTokenValid, caller.ailment());
      },
      errorNamed: (code) =>
        new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }),
    });
    const { status, body } = answer;
    if (status === 401) trace(() => `${name}: HTTP 401 for ${isTokenValid ? 'a valid' : 'an invalid'} token`);
    const isDead = !isTokenValid && body === DEAD.body;
    onAnswered(request, { status, isDead });
    return { answer, stalls: plan.stalls === true };
  }
}

function answerTo(url: URL, isTokenValid: boolean, ailment: Ailment | undefined): Answer {
  const location = url.searchParams.get('redirect-to');
  if (location !== null) return { status: 302, body: '', location };
  if (/evil/.test(url.host)) return ACCEPTED;
  if (ailment !== undefined) return AILING[ailment];
  return isTokenValid ? ACCEPTED : DEAD;
}

function responseOf(
  { status, body, location }: Answer,
  { url, redirected, stalls }: { url: URL; redirected: boolean; stalls: boolean },
): Response {
  const headers = { 'content-type': 'application/json', ...(location === undefined ? {} : { location }) };
  const response = new Response(stalls ? stallingBody(body) : body, { status, headers });
  return Object.defineProperties(response, { url: { value: url.href }, redirected: { value: redirected } });
}

/** Half of the body, and then nothing more. */
function stallingBody(body: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(body.slice(0, body.length / 2))),
  });
}
