/**
 * What the fake answers: JSON, sent with status 200; a `Response`; or a function of the request that returns either.
 *
 * @example
 * const answer: FakeAnswer = ({ url }) => ({ data: [{ page: url.searchParams.get('page') }] });
 */
export type FakeAnswer =
  | Response
  | object
  | ((call: FakeCall) => Response | object | Promise<Response | object>);

/**
 * Answers by path, for instance `/crm/v8/Leads` (any method and query) or `POST /crm/v8/Leads`. The path of an absolute URL
 * counts.
 *
 * @example
 * const answers: FakeAnswers = { '/crm/v8/Leads': { data: [] } };
 */
export type FakeAnswers = Readonly<Record<string, FakeAnswer>>;

/**
 * A request as Zoho would have received it.
 *
 * @example
 * const [{ method, body }] = zoho.calls;
 */
export interface FakeCall {
  /** E.g. `POST`. */
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** The body as text; empty without one. */
  readonly body: string;
}

/** Answers requests instead of Zoho's API, and remembers them. */
export class FakeApi {
  readonly calls: FakeCall[] = [];
  readonly #answers: Map<string, FakeAnswer>;
  #rejections = 0;

  constructor(answers: FakeAnswers = {}) {
    this.#answers = new Map();
    for (const [path, answer] of Object.entries(answers)) this.answer(path, answer);
  }

  /** Throws a `TypeError` for a key that matches no request. */
  answer(path: string, answer: FakeAnswer): void {
    if (!matchesARequest(path))
      throw new TypeError(
        `${JSON.stringify(path)} matches no request. Give the path of a URL without its query, such as /crm/v8/Leads or POST /crm/v8/Leads.`,
      );
    if (typeof answer !== 'function' && (typeof answer !== 'object' || answer === null))
      throw new TypeError(`The answer for ${path} must be an object, a Response or a function.`);
    this.#answers.set(path, answer);
  }

  /** Rejects the token of this many calls. */
  reject(times: number): void {
    this.#rejections = times;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { method, headers } = request;
    const call = { method, url: new URL(request.url), headers, body: await request.text() };
    this.calls.push(call);
    if (this.#rejections > 0) {
      this.#rejections -= 1;
      return Response.json({ code: 'INVALID_TOKEN', message: 'invalid oauth token' }, { status: 401 });
    }
    const answer = this.#find(call);
    const given = typeof answer === 'function' ? await answer(call) : answer;
    return given instanceof Response ? given.clone() : Response.json(given);
  };

  #find({ method, url: { pathname } }: FakeCall): FakeAnswer {
    const answer = this.#answers.get(`${method} ${pathname}`) ?? this.#answers.get(pathname);
    if (answer !== undefined) return answer;
    const known = [...this.#answers.keys()].join(', ') || 'none';
    throw new Error(`The fake has no answer for ${method} ${pathname}. It has answers for: ${known}.`);
  }
}

/** Whether this is a path as a URL has it, after a method in capitals if there is one. */
function matchesARequest(key: string): boolean {
  const url = `https://www.zohoapis.eu${key.replace(/^[A-Z]+ /, '')}`;
  return URL.canParse(url) && url === `https://www.zohoapis.eu${new URL(url).pathname}`;
}
