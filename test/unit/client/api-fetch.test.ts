import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createApiFetch } from '../../../lambdas/client/api-fetch.ts';
import { REAL_TIME } from '../../../lambdas/client/client-clock.ts';
import { createRejectionMemory } from '../../../lambdas/client/rejection-memory.ts';
import { UnprintableAccessToken } from '../../../lambdas/client/zoho-access-token.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { accessToken } from '../../support/builders.ts';

const URL_OF_LEADS = 'https://www.zohoapis.eu/crm/v8/Leads';

const tokenOf = (generation: number) =>
  new UnprintableAccessToken(
    accessToken({ generation, accessToken: new Redacted(`1000.token.${generation}`) }),
  );
const rejectedToken = () => Response.json({ code: 'INVALID_TOKEN' }, { status: 401 });
const ambiguous = () => Response.json({ code: 57 }, { status: 401 });
const fine = () => Response.json({ data: [] });

/** Calls with the given responses, in order, and a recovery that returns the next generation. */
function callsAnswered(...answers: (() => Response)[]) {
  const at = { generation: 1, newestGeneration: Number.POSITIVE_INFINITY, isYoung: false };
  const sent: { url: string; init: RequestInit; authorization: string | null }[] = [];
  const recovered: number[] = [];
  const reasons: string[] = [];
  const unauthorized: boolean[] = [];
  const fetch = createApiFetch({
    getAccessToken: () => Promise.resolve(tokenOf(at.generation)),
    isYoung: () => at.isYoung,
    memory: createRejectionMemory(),
    clock: REAL_TIME,
    timeoutMs: 60_000,
    allowedHosts: [],
    recover: (generation, reason) => {
      reasons.push(reason);
      if (reason === 'doubtful') return Promise.resolve(undefined);
      recovered.push(generation);
      at.generation = Math.min(generation + 1, at.newestGeneration);
      return Promise.resolve(at.generation > generation ? tokenOf(at.generation) : undefined);
    },
    recordCall: (isUnauthorized) => unauthorized.push(isUnauthorized),
    fetch: (url, init = {}) => {
      sent.push({ url: String(url), init, authorization: new Headers(init.headers).get('authorization') });
      return Promise.resolve((answers.shift() ?? fine)());
    },
  });
  return { at, sent, recovered, reasons, unauthorized, fetch };
}

describe('an API call', () => {
  it('carries the token and everything that the caller gave', async () => {
    const { sent, fetch } = callsAnswered(fine);

    await fetch('/crm/v8/Leads', { method: 'POST', body: '{}', headers: { 'x-mine': 'yes' } });

    expect(sent).toMatchObject([{ url: URL_OF_LEADS, authorization: 'Zoho-oauthtoken 1000.token.1' }]);
    expect(sent[0]?.init).toMatchObject({ method: 'POST', body: '{}' });
    expect(new Headers(sent[0]?.init.headers).get('x-mine')).toBe('yes');
  });

  it('is repeated with a newer token when Zoho rejects the first', async () => {
    const { sent, recovered, fetch } = callsAnswered(rejectedToken, fine);

    const response = await fetch('/crm/v8/Leads');

    expect(response.status).toBe(200);
    expect(recovered).toEqual([1]);
    expect(sent.map(({ authorization }) => authorization)).toEqual([
      'Zoho-oauthtoken 1000.token.1',
      'Zoho-oauthtoken 1000.token.2',
    ]);
  });

  it('is repeated once more when the newer token is rejected as well, unless Zoho has just issued it', async () => {
    const old = callsAnswered(fine, rejectedToken, rejectedToken, fine, fine);
    const young = callsAnswered(fine, rejectedToken, rejectedToken, fine);
    for (const { at, fetch } of [old, young]) {
      await fetch('/crm/v8/Leads');
      at.generation = 2;
    }
    young.at.isYoung = true;
    const statuses = [await old.fetch('/crm/v8/Leads'), await young.fetch('/crm/v8/Leads')].map(
      ({ status }) => status,
    );

    expect(statuses).toEqual([200, 401]);
    expect([old.recovered, young.recovered]).toEqual([[2, 3], []]);
  });

  it('is not repeated again, nor the secret read again, when the newer token is rejected like the first', async () => {
    const { reasons, fetch } = callsAnswered(rejectedToken, rejectedToken);

    expect((await fetch('/crm/v8/Leads')).status).toBe(401);
    expect(reasons).toEqual(['rejected']);
  });

  it('is repeated twice at most', async () => {
    const { recovered, fetch } = callsAnswered(fine, ...Array.from({ length: 9 }, () => rejectedToken));
    await fetch('/crm/v8/Leads');

    expect((await fetch('/crm/v8/Leads')).status).toBe(401);
    expect(recovered).toHaveLength(2);
  });

  it('releases a response that is not returned', async () => {
    const rejected = rejectedToken();
    const { fetch } = callsAnswered(() => rejected, fine);

    await fetch('/crm/v8/Leads');

    expect(rejected.bodyUsed).toBe(true);
  });

  it('is repeated after a response without a body', async () => {
    const { fetch } = callsAnswered(() => new Response(null, { status: 401 }), fine);

    expect((await fetch('/crm/v8/Leads')).status).toBe(200);
  });

  it.each([
    ['no newer token is available', rejectedToken],
    ['a new token would not help', () => Response.json({ code: 'NO_PERMISSION' }, { status: 403 })],
    ['it is not about authorization', () => Response.json({ code: 'INVALID_DATA' }, { status: 400 })],
  ])('returns its response unread when %s', async (_, answer) => {
    const { at, sent, recovered, fetch } = callsAnswered(answer);
    at.newestGeneration = 1;

    const response = await fetch('/crm/v8/Leads');

    expect(await response.json()).toEqual(await answer().json());
    expect(sent).toHaveLength(1);
    expect(recovered.length).toBeLessThan(2);
  });

  it.each([
    ['a text', '{}'],
    ['a form', new URLSearchParams({ a: '1' })],
    ['nothing', null],
  ])('that sends %s can be repeated', async (_, body) => {
    const { sent, fetch } = callsAnswered(rejectedToken, fine);

    await fetch('/crm/v8/Leads', { method: 'POST', body });

    expect(sent.map(({ init }) => init.body)).toEqual([body ?? undefined, body ?? undefined]);
  });

  it.each([
    ['a stream', () => new Blob(['{}']).stream()],
    ["Node's stream", () => Readable.from(['{}']) as unknown as ReadableStream],
  ])('that sends %s is not repeated, because a stream can be sent only once', async (_, body) => {
    const { sent, fetch } = callsAnswered(rejectedToken);

    const response = await fetch('/crm/v8/Leads', { method: 'POST', body: body() });

    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ code: 'INVALID_TOKEN' });
    expect(sent).toHaveLength(1);
  });

  it.each<[string, (body: Blob) => [string | Request, RequestInit?]]>([
    ['a stream', (body) => ['/crm/v8/Leads', { method: 'POST', body: body.stream() }]],
    ['a Request of more than 1 MB', (body) => [new Request(URL_OF_LEADS, { method: 'POST', body })]],
  ])('after one that sent %s with a rejected token has a newer token', async (_, callWith) => {
    const { sent, recovered, fetch } = callsAnswered(rejectedToken, fine);
    const body = new Blob([new Uint8Array(1024 * 1024 + 1)]);

    await fetch(...callWith(body));
    const next = await fetch(...callWith(body));

    expect(next.status).toBe(200);
    expect(recovered).toEqual([1]);
    expect(sent.map(({ authorization }) => authorization)).toEqual([
      'Zoho-oauthtoken 1000.token.1',
      'Zoho-oauthtoken 1000.token.2',
    ]);
  });
});

describe('a rejection that may not be about the token', () => {
  it('is ignored up to the generation that did not help', async () => {
    const { at, recovered, fetch } = callsAnswered(...Array.from({ length: 4 }, () => ambiguous));

    await fetch('/books/v3/invoices');
    await fetch('/books/v3/invoices');
    at.generation = 1;
    await fetch('/books/v3/invoices');

    expect(recovered).toEqual([1]);
  });

  it.each([
    ['ambiguous', ambiguous],
    ['about the token', rejectedToken],
  ])('is ignored in later generations as well, if it was %s twice', async (_, answer) => {
    const { at, recovered, fetch } = callsAnswered(answer, answer, answer);
    await fetch('/books/v3/invoices');
    at.generation = 3;

    await fetch('/books/v3/invoices');

    expect(recovered).toEqual([1]);
  });

  it('is of the same kind with the method GET and without a method', async () => {
    const { at, recovered, fetch } = callsAnswered(ambiguous, ambiguous, ambiguous);
    await fetch('/books/v3/invoices');
    at.generation = 3;

    await fetch('/books/v3/invoices', { method: 'GET' });

    expect(recovered).toEqual([1]);
  });

  it('leads to a newer token again once a call of the kind has succeeded', async () => {
    const { at, recovered, fetch } = callsAnswered(ambiguous, ambiguous, fine, ambiguous);
    await fetch('/books/v3/invoices');
    await fetch('/books/v3/invoices/2');
    at.generation = 3;

    await fetch('/books/v3/invoices');

    expect(recovered).toEqual([1, 3]);
  });

  it.each([
    ['in the second response only', [rejectedToken, ambiguous]],
    ['in the first response only', [ambiguous, rejectedToken]],
    ['before a newer token helps', [ambiguous, fine]],
  ])('leads to a newer token again when it was %s', async (_, answers) => {
    const { recovered, fetch } = callsAnswered(...answers, ambiguous);
    await fetch('/books/v3/invoices');

    await fetch('/books/v3/invoices');

    expect(recovered).toEqual([1, 2]);
  });

  it('does not hide a definite rejection of the token', async () => {
    const { recovered, fetch } = callsAnswered(ambiguous, ambiguous, rejectedToken);
    await fetch('/books/v3/invoices');

    await fetch('/crm/v8/Leads');

    expect(recovered).toEqual([1, 2]);
  });
});

describe('a call without a target', () => {
  it('is an error with a stable code', async () => {
    const call = callsAnswered().fetch(undefined as unknown as string);

    await expect(call).rejects.toMatchObject({ code: 'invalid_url' });
  });
});

describe('the count of 401s', () => {
  it.each([
    [false, 'a success', fine],
    [true, 'a rejected token', rejectedToken],
    [
      true,
      'a token that is rejected with another status',
      () => Response.json({ code: 'INVALID_TOKEN' }, { status: 400 }),
    ],
    [true, 'a 401 for the scope', () => Response.json({ code: 'OAUTH_SCOPE_MISMATCH' }, { status: 401 })],
    [false, 'a 403 for the scope', () => Response.json({ code: 'SCOPE_MISMATCH' }, { status: 403 })],
    [false, 'a server error', () => new Response('', { status: 500 })],
  ])('is %s for %s', async (counted, _, answer) => {
    const { unauthorized, fetch } = callsAnswered(answer);

    await fetch('/crm/v8/Leads');

    expect(unauthorized[0]).toBe(counted);
  });

  it('includes both calls of a repeated one', async () => {
    const { unauthorized, fetch } = callsAnswered(rejectedToken, fine);

    await fetch('/crm/v8/Leads');

    expect(unauthorized).toEqual([true, false]);
  });
});

describe('a response after a redirect', () => {
  const redirectedTo = (url: string) => () =>
    Object.defineProperties(rejectedToken(), { redirected: { value: true }, url: { value: url } });

  it('to another origin does not concern the token, which was not sent there, and is not counted as a 401', async () => {
    const { recovered, unauthorized, fetch } = callsAnswered(
      redirectedTo('https://login.example/crm/v8/Leads'),
    );

    await fetch('/crm/v8/Leads');

    expect([recovered, unauthorized]).toEqual([[], [false]]);
  });

  it('within the origin is judged like any other response', async () => {
    const { recovered, fetch } = callsAnswered(redirectedTo(`${URL_OF_LEADS}/search`));

    await fetch('/crm/v8/Leads');

    expect(recovered).toEqual([1]);
  });
});

describe('a body', () => {
  it('of a success is left to the caller', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull: (stream) => {
        pulled += 1;
        stream.enqueue(new Uint8Array(16 * 1024));
      },
    });
    const { fetch } = callsAnswered(() => new Response(body));

    await fetch('/crm/v8/Leads');

    expect(pulled).toBeLessThan(3);
  });

  it('is read in chunks', async () => {
    const pieces = ['{"code":', '"INVALID', '_TOKEN"}'].map((piece) => new TextEncoder().encode(piece));
    const { recovered, fetch } = callsAnswered(
      () => new Response(ReadableStream.from(pieces), { status: 400 }),
    );

    await fetch('/phonebridge/v3/calls');

    expect(recovered).toEqual([1]);
  });

  it('that never ends is read up to 64 KB', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (stream) => {
        pulled += 1;
        if (pulled === 1_000) stream.close();
        else stream.enqueue(new Uint8Array(16 * 1024).fill(0x20));
      },
    });
    const { fetch } = callsAnswered(() => new Response(endless, { status: 400 }));

    await fetch('/crm/v8/Leads');

    expect(pulled).toBeLessThan(10);
  });
});
