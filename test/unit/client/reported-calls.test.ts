import { describe, expect, it, vi } from 'vitest';
import { createZohoClient } from '../../../lambdas/client/index.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import { accessTokenSecret, MINUTE_MS, NOW_MS } from '../../support/builders.ts';

const LEADS = 'https://www.zohoapis.eu/crm/v8/Leads';
const INVALID_TOKEN = { code: 'INVALID_TOKEN' };

vi.spyOn(process, 'emitWarning').mockImplementation(() => {});

/** A client whose refresher publishes the next generation, or answers something else. */
function start({ answer = 'refreshed' as string | object } = {}) {
  const clock = new ManualClock(NOW_MS);
  const published = { generation: 1, issuedAtMs: NOW_MS - MINUTE_MS };
  const asked: unknown[] = [];
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const client = createZohoClient({
    connection: 'crm-prod',
    refresherFunctionName: 'refresher',
    metrics: 'emf',
    clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
    secretsManagerClient: { send: () => Promise.resolve({ SecretString: accessTokenSecret(published) }) },
    lambdaClient: {
      send: ({ input }) => {
        asked.push(JSON.parse(String((input as { Payload: string }).Payload)));
        if (answer === 'refreshed') {
          published.generation += 1;
          published.issuedAtMs = clock.now();
        }
        const result = typeof answer === 'string' ? { outcome: answer } : answer;
        return Promise.resolve({ Payload: Buffer.from(JSON.stringify(result)) });
      },
    },
  });
  const counted = async () => {
    await client.flush();
    return lines.flatMap((line) => JSON.parse(line).Unauthorized as number[]);
  };
  return { clock, client, published, asked, counted };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );

describe('a rejection that another HTTP client reports', () => {
  it('is counted and leads to a newer token, once', async () => {
    const { client, asked, counted } = start();
    const { generation } = await client.getAccessToken();

    const mayHelp = await client.reportRejected(generation, { status: 401, url: LEADS, body: INVALID_TOKEN });
    const newer = await client.getAccessToken({ newerThan: generation });
    client.reportAccepted();

    expect([mayHelp, newer.generation]).toEqual([true, 2]);
    expect(asked).toMatchObject([{ rejectedGeneration: 1, reason: 'unauthorized' }]);
    expect(await counted()).toEqual([1, 0]);
  });

  it.each([
    ['as JSON', INVALID_TOKEN, true],
    ['as text', JSON.stringify(INVALID_TOKEN), true],
    ['as bytes', Buffer.from(JSON.stringify(INVALID_TOKEN)), true],
    ['about the scope', { code: 'OAUTH_SCOPE_MISMATCH' }, false],
    ['that is not known', undefined, true],
  ])('is judged by its body %s', async (_, body, expected) => {
    const { client } = start();
    await client.getAccessToken();

    expect(await client.reportRejected(1, { status: 401, url: new URL(LEADS), body })).toBe(expected);
  });

  it('is not counted if it is not about authorization', async () => {
    const { client, counted } = start();
    await client.getAccessToken();

    expect(await client.reportRejected(1, { status: 400, url: LEADS, body: { code: 'INVALID_DATA' } })).toBe(
      false,
    );
    expect(await counted()).toEqual([0]);
  });

  it.each([
    [{ status: 400, url: LEADS, body: INVALID_TOKEN }, 1],
    [{ status: 401, url: LEADS, body: { code: 'OAUTH_SCOPE_MISMATCH' } }, 1],
    [undefined, 1],
  ])('is counted if Zoho answers 401, or means the token: %j', async (answer, count) => {
    const { client, counted } = start();
    await client.getAccessToken();

    await client.reportRejected(1, answer);

    expect(await counted()).toEqual([count]);
  });

  it('of a young token is believed if the same kind of call worked with it', async () => {
    const { client, published } = start();
    published.issuedAtMs = NOW_MS;
    await client.getAccessToken();
    const answer = { status: 401, url: LEADS };

    expect(await client.reportRejected(1, answer)).toBe(false);
    client.reportAccepted(LEADS);
    expect(await client.reportRejected(1, answer)).toBe(true);
  });

  it('of an unknown generation names the argument', async () => {
    const { client } = start();

    await expect(client.reportRejected(99)).rejects.toThrow(/^generation must be .+, is 99\.$/);
  });

  it('leads to no third token when the second gets the same answer', async () => {
    const { client } = start();
    await client.getAccessToken();
    const report = (generation: number) => client.reportRejected(generation, { status: 401, url: LEADS });

    const first = await report(1);
    await client.getAccessToken({ newerThan: 1 });

    expect([first, await report(2)]).toEqual([true, false]);
  });

  it.each([
    [99, undefined],
    [-1, undefined],
    ['1', undefined],
    [1, { status: '401', url: LEADS }],
    [1, { status: 401, url: '/crm/v8/Leads' }],
    [1, {}],
    [1, null],
  ])('with invalid arguments is an error with a stable code: %j, %j', async (generation, answer) => {
    const { client } = start();
    await client.getAccessToken();

    expect(await codeOf(client.reportRejected(generation as number, answer as never))).toBe(
      'invalid_argument',
    );
  });

  it('of a generation that another client of the process saw is known after a look at the secret', async () => {
    const { client, published } = start();
    await client.getAccessToken();
    published.generation = 5;

    expect(await client.reportRejected(5)).toBe(true);
  });
});

describe('a newer token than a rejected one', () => {
  it('is the one in memory, if that is newer', async () => {
    const { client, published, asked } = start();
    published.generation = 3;
    await client.getAccessToken();

    expect((await client.getAccessToken({ newerThan: 2 })).generation).toBe(3);
    expect(asked).toEqual([]);
  });

  it.each(['blocked', 'throttled', 'budget-exhausted', 'failed'])(
    'is an error with a stable code if the refresher answers %s',
    async (answer) => {
      const { client } = start({ answer });
      await client.getAccessToken();

      expect(await codeOf(client.getAccessToken({ newerThan: 1 }))).toBe('no_newer_token');
    },
  );

  it.each(['invalid-request', 'unknown-connection', 'not-allowed'])(
    'is not asked for again for five minutes if the refresher answers %s, and its message is a warning',
    async (outcome) => {
      const { client, clock, asked } = start({ answer: { outcome, message: `Because ${outcome}.` } });
      await client.getAccessToken();
      for (const minutes of [0, 1, 3.9, 0.2]) {
        clock.advance(minutes * MINUTE_MS);
        await codeOf(client.getAccessToken({ newerThan: 1 }));
      }

      expect(asked).toHaveLength(2);
      expect(process.emitWarning).toHaveBeenCalledWith(
        expect.stringContaining(`Because ${outcome}.`),
        expect.objectContaining({ code: 'refresher_unavailable' }),
      );
    },
  );
});
