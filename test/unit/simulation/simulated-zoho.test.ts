import { beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../sandbox/deployment/random.ts';
import { Environment } from '../../simulation/environment.ts';
import { EventQueue } from '../../simulation/event-queue.ts';
import { type ObservedCall, SimulatedZoho } from '../../simulation/simulated-zoho.ts';
import type { ZohoCallPlan } from '../../simulation/zoho-faults.ts';

const START_MS = 1_000_000;
const ENGLISH_SERVER = 'https://accounts.zoho.uk/oauth/v2/token';

/** A process that calls Zoho, and everything that the observer sees, with its time. */
function startZoho(plan: ZohoCallPlan, { dropsAborted = false } = {}) {
  const queue = new EventQueue(START_MS);
  const observed: string[] = [];
  const calls: ObservedCall[] = [];
  const observe = (what: string) => observed.push(`${what} at ${queue.now() - START_MS}`);
  const zoho = new SimulatedZoho({
    queue,
    random: seededRandom(1),
    plan: () => plan,
    isDroppedWhenAborted: () => dropsAborted,
    observer: {
      onSent: (call) => {
        calls.push(call);
        observe('sent');
      },
      onReceived: () => observe('received'),
      onAnswered: (_, what) => observe(`answered: ${what}`),
      onOver: () => observe('over'),
    },
    trace: () => {},
  });
  const environment = new Environment('P0', { queue, skewMs: 0, onDelivered: () => {} });
  const { clientId, clientSecret } = zoho.clients.register({ dataCenter: 'uk' });
  const { refreshToken } = zoho.state.grant({ clientId, dataCenter: 'uk', scope: 'ZohoCRM.modules.ALL' });
  return {
    environment,
    observed,
    calls,
    refreshToken,
    clientSecret,
    /** Requests a token, by default with valid credentials. */
    ask: ({ url = ENGLISH_SERVER, secret = clientSecret, signal = environment.abortAfter(10_000) } = {}) => {
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: clientId,
        client_secret: secret,
        refresh_token: refreshToken,
      });
      return zoho.fetchFor(environment)(url, { method: 'POST', body: body.toString(), signal });
    },
    runUntil: async (ms: number) => {
      queue.at(START_MS + ms, () => {});
      do await new Promise((resolve) => setImmediate(resolve));
      while (queue.step(START_MS + ms));
    },
  };
}

const GOES_WELL: ZohoCallPlan = { effectMs: 100, answerMs: 250 };
const TIMED_OUT = expect.objectContaining({ name: 'TimeoutError' });

/** How each call ended. A call that never ends has no entry. */
let outcomes: unknown[];
beforeEach(() => {
  outcomes = [];
});

async function note(call: Promise<Response>): Promise<void> {
  try {
    outcomes.push(JSON.parse(await textOf(await call)));
  } catch (error) {
    outcomes.push(error);
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a call of the simulated Zoho', () => {
  it('is observed when it is sent, received, answered and over', async () => {
    const { ask, runUntil, observed } = startZoho(GOES_WELL, { dropsAborted: true });
    note(ask());

    await runUntil(20_000);

    expect(observed).toEqual(['sent at 0', 'received at 100', 'over at 250', 'answered: other at 250']);
    expect(outcomes).toEqual([expect.objectContaining({ api_domain: 'https://www.zohoapis.uk' })]);
  });

  it.each([
    ['definite-refusal', { ...GOES_WELL, answerFault: { kind: 'error', error: 'invalid_code' } }],
    ['definite-refusal', { ...GOES_WELL, answerFault: { kind: 'error', error: 'invalid_client_secret' } }],
    ['throttle', { ...GOES_WELL, answerFault: { kind: 'throttle', variant: 'chinese' } }],
    ['other', { ...GOES_WELL, answerFault: { kind: 'html-5xx' } }],
    ['other', { ...GOES_WELL, answerFault: { kind: 'error' } }],
  ] as const)('is observed with the kind of its answer: %s', async (what, plan) => {
    const { ask, runUntil, observed } = startZoho(plan);
    ask().catch(() => {});

    await runUntil(20_000);

    expect(observed.at(-1)).toBe(`answered: ${what} at 250`);
  });

  it('is observed with its contents, its sender and its time', () => {
    const { ask, environment, calls, refreshToken, clientSecret } = startZoho(GOES_WELL);
    const task = { kind: 'forced', rejectedGeneration: 3 } as const;
    environment.beginInvocation(task);

    note(ask());

    expect(calls).toEqual([
      { name: 'P0 call 1 token', sentAtMs: START_MS, task, dataCenter: 'uk', refreshToken, clientSecret },
    ]);
  });

  it.each([
    ['breaks', { ...GOES_WELL, error: 'ECONNRESET' }],
    ['is reset by Zoho', { ...GOES_WELL, answerFault: { kind: 'drop' } }],
  ] as const)('fails like a `fetch` when its connection %s', async (_, plan) => {
    const { ask, runUntil } = startZoho(plan);
    note(ask());

    await runUntil(20_000);

    const cause = expect.objectContaining({ code: 'ECONNRESET' });
    expect(outcomes).toEqual([expect.objectContaining({ message: 'fetch failed', cause })]);
  });

  it('can state a shorter life of its token', async () => {
    const { ask, runUntil } = startZoho({ ...GOES_WELL, statedLifeSeconds: 61 });
    note(ask());

    await runUntil(20_000);

    expect(outcomes).toEqual([expect.objectContaining({ expires_in: 61 })]);
  });

  it.each([
    'https://accounts.zoho.example/oauth/v2/token',
    'http://accounts.zoho.uk/oauth/v2/token',
    'https://accounts.zoho.uk/oauth/v2/token/revoke',
    'https://www.zohoapis.uk/oauth/v2/token',
  ])('can only go to an accounts server: %s', async (url) => {
    const { ask, observed } = startZoho(GOES_WELL);

    await expect(ask({ url })).rejects.toThrow('Zoho has no token endpoint at');
    expect(observed).toEqual([]);
  });

  it('under an aborted signal, or of a process that dies first, is never sent', async () => {
    const aborted = startZoho(GOES_WELL);
    const dying = startZoho({ ...GOES_WELL, crash: 'before' });

    note(aborted.ask({ signal: AbortSignal.abort('over') }));
    note(dying.ask());
    await aborted.runUntil(20_000);
    await dying.runUntil(20_000);

    expect([...aborted.observed, ...dying.observed]).toEqual([]);
    expect(outcomes).toEqual(['over']);
  });
});

describe('a caller of the simulated Zoho that hangs up', () => {
  const SLOW: ZohoCallPlan = { effectMs: 15_000, answerMs: 16_000 };
  const PAUSED: ZohoCallPlan = { effectMs: 100, answerMs: undefined, pauseMs: 300_000 };

  it.each<[string, ZohoCallPlan, boolean, string[]]>([
    ['ends the call, although Zoho may still mint', SLOW, false, ['over at 10000', 'received at 15000']],
    ['can keep Zoho from receiving the call', SLOW, true, ['over at 10000']],
    ['waits until it resumes, but Zoho times out', PAUSED, false, ['received at 100', 'over at 20000']],
  ])('%s', async (_, plan, dropsAborted, expected) => {
    const { ask, runUntil, observed } = startZoho(plan, { dropsAborted });
    note(ask());

    await runUntil(400_000);

    expect(observed).toEqual(['sent at 0', ...expected]);
    expect(outcomes).toEqual([TIMED_OUT]);
  });

  it('by its death also ends the call', async () => {
    const { ask, environment, runUntil, observed } = startZoho(SLOW, { dropsAborted: true });
    note(ask());
    await runUntil(5_000);

    environment.kill();
    await runUntil(30_000);

    expect(observed).toEqual(['sent at 0', 'over at 5000']);
    expect(outcomes).toEqual([]);
  });
});
