import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readRequest } from '../../../lambdas/client/api-request.ts';

const LEADS = 'https://www.zohoapis.eu/crm/v8/Leads';
const post = (body: string | Uint8Array<ArrayBuffer>, init: RequestInit = {}) =>
  new Request(LEADS, { method: 'POST', body, ...init });
const MEGABYTE = 1024 * 1024;

describe('a Request', () => {
  it('is read like the platform does: URL, method, headers, redirect and body', async () => {
    const request = post('{"a":1}', { headers: { 'x-mine': 'yes' }, redirect: 'manual' });

    const { target, init, canRepeat } = await readRequest(request, undefined);

    expect({ target, method: init.method, redirect: init.redirect, canRepeat }).toEqual({
      target: LEADS,
      method: 'POST',
      redirect: 'manual',
      canRepeat: true,
    });
    expect(new Headers(init.headers).get('x-mine')).toBe('yes');
    expect(new Headers(init.headers).get('content-type')).toContain('text/plain');
    expect(new TextDecoder().decode(init.body as Uint8Array)).toBe('{"a":1}');
    expect(request.bodyUsed).toBe(true);
  });

  it('is overridden by init', async () => {
    const { init } = await readRequest(post('old', { headers: { a: '1' } }), {
      method: 'PUT',
      body: 'new',
      headers: { b: '2' },
    });

    expect(init).toMatchObject({ method: 'PUT', body: 'new', headers: { b: '2' } });
  });

  it('is overridden by a stream, which can be sent only once', async () => {
    const body = new Blob(['new']).stream();

    const { init, canRepeat } = await readRequest(post('old'), { body });

    expect(init.body).toBe(body);
    expect(canRepeat).toBe(false);
  });

  it('can be init, as for the platform', async () => {
    const { target, init } = await readRequest('/crm/v8/Leads', new Request(LEADS, { method: 'DELETE' }));

    expect([target, init.method]).toEqual(['/crm/v8/Leads', 'DELETE']);
  });

  it.each([
    [MEGABYTE, true],
    [MEGABYTE + 1, false],
  ])('with a body of %d bytes can be repeated: %s', async (bytes, canRepeat) => {
    const request = post(new Uint8Array(bytes));

    const read = await readRequest(request, undefined);

    expect(read.canRepeat).toBe(canRepeat);
    expect(read.source).toBe(canRepeat ? undefined : request);
    if (!canRepeat) expect((await request.arrayBuffer()).byteLength).toBe(bytes);
  });

  it('is recognized by its shape', async () => {
    const foreign = { url: LEADS, method: 'GET', headers: new Headers(), body: null, bodyUsed: false };

    expect((await readRequest(foreign as Request, undefined)).target).toBe(LEADS);
  });
});

describe('a request that cannot be sent', () => {
  const usedRequest = async () => {
    const request = post('{}');
    await request.text();
    return request;
  };
  const usedStream = async () => {
    const stream = new Blob(['{}']).stream();
    await new Response(stream).text();
    return stream;
  };
  const readable = async () => {
    const stream = Readable.from(['{}']);
    for await (const _ of stream);
    return stream as unknown as ReadableStream;
  };

  it.each([
    ['a Request whose body was used', async () => [await usedRequest(), undefined] as const, 'body_used'],
    ['a stream that was used', async () => ['/a', { body: await usedStream() }] as const, 'body_used'],
    ["Node's stream that was used", async () => ['/a', { body: await readable() }] as const, 'body_used'],
    [
      'an authorization header',
      async () => ['/a', { headers: { Authorization: 'x' } }] as const,
      'forbidden_header',
    ],
    [
      'a Request with an authorization header',
      async () => [new Request(LEADS, { headers: { authorization: 'x' } }), undefined] as const,
      'forbidden_header',
    ],
    ['an object', async () => [{} as URL, undefined] as const, 'invalid_url'],
    ['nothing', async () => [undefined as unknown as string, undefined] as const, 'invalid_url'],
    ['a number', async () => [7 as unknown as string, undefined] as const, 'invalid_url'],
  ])('is an error with a stable code: %s', async (_, make, code) => {
    const [input, init] = await make();

    await expect(readRequest(input, init)).rejects.toMatchObject({ name: 'ZohoClientError', code });
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'Remove the header authorization: the client sets it.',
      () => readRequest('/a', { headers: { Authorization: 'x' } }),
    ],
    [
      'The body was used before. Create the request again, or clone it first.',
      async () => readRequest(await usedRequest(), undefined),
    ],
    [
      'An API call needs a path, a URL or a Request, not object.',
      () => readRequest(null as unknown as string, undefined),
    ],
    [
      'An API call needs a path, a URL or a Request, not object.',
      () => readRequest({ url: 'x' } as unknown as URL, undefined),
    ],
  ])('says what to do: %s', async (message, read) => {
    await expect(read()).rejects.toMatchObject({ message });
  });

  it('has no options that only the client knows, and no methods', async () => {
    const { init } = await readRequest('/a', {
      method: 'PUT',
      timeoutMs: 5,
      toString: () => 'x',
    } as unknown as RequestInit);

    expect(init).toEqual({ method: 'PUT' });
  });

  it('is not one whose used body is replaced', async () => {
    const { init } = await readRequest(await usedRequest(), { body: 'new' });

    expect(init.body).toBe('new');
  });
});
