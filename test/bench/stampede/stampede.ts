import { systemClock } from '../../../lambdas/adapters/system-clock.ts';
import { type SandboxServer, startSandboxServer } from '../../../sandbox/serve/sandbox-server.ts';
import type { Benchmark, Measurement } from '../benchmark.ts';
import { Program } from '../program.ts';
import type { Authorized } from './caller.ts';
import type { Subject } from './consumers.ts';

const PROCESSES = 4;
const CALLERS = 1_000;
const CONNECTION = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;

const PEERS = {
  'cached-promise': 'a cached promise in each process',
  'plain-cache': 'a plain cache in each process',
  'simple-oauth2': 'simple-oauth2 in each process',
} as const satisfies Partial<Record<Subject, string>>;

/** Zoho rejects the token of 1,000 callers at once. One mint is enough for all of them, and Zoho issues ten in ten minutes. */
export const stampede: Benchmark = {
  title: '1,000 callers in 4 processes get a 401 at once, beside other caches',
  measure: async () => {
    const server = await startSandboxServer({ clock: systemClock, connections: { 'crm-prod': CONNECTION } });
    const { NODE_OPTIONS: _, ...environment } = server.environment;
    const consumers = await Program.start(new URL('./consumers.ts', import.meta.url), {
      count: PROCESSES,
      environment,
    });
    try {
      const ours = await run(server, consumers, 'zoho');
      const measurements: Measurement[] = [
        {
          what: 'this client: tokens minted',
          value: ours.mints,
          unit: 'mints',
          goal: { atLeast: 1, atMost: 1 },
        },
        {
          what: 'this client: calls of the token endpoint',
          value: ours.calls,
          unit: 'calls',
          goal: { atLeast: 1, atMost: 1 },
        },
        {
          what: 'this client: callers with an answer',
          value: ours.served,
          unit: 'callers',
          goal: { atLeast: CALLERS, atMost: CALLERS },
        },
      ];
      for (const [subject, what] of Object.entries(PEERS)) {
        const { mints, calls, served } = await run(server, consumers, subject as Subject);
        measurements.push(
          { what: `${what}: tokens minted`, value: mints, unit: 'mints' },
          { what: `${what}: calls of the token endpoint`, value: calls, unit: 'calls' },
          { what: `${what}: callers with an answer`, value: served, unit: 'callers' },
        );
      }
      return measurements;
    } finally {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await server.close();
    }
  },
};

async function run(server: SandboxServer, consumers: readonly Program[], subject: Subject) {
  const { zoho } = server.deployment;
  const authorized = await authorize(server, subject);
  for (const consumer of consumers) {
    const status = await consumer.ask('prepare', { subject, authorized });
    if (status !== 200) throw new Error(`${subject} has no token that Zoho accepts: it answered ${status}.`);
  }
  const before = zoho.tokenCalls.length;
  zoho.forget(authorized.accessToken);
  const served = await Promise.all(
    consumers.map((consumer) => consumer.ask<number>('stampede', CALLERS / PROCESSES)),
  );
  const calls = zoho.tokenCalls.slice(before);
  return {
    calls: calls.length,
    mints: calls.filter(({ outcome }) => outcome === 'minted').length,
    served: served.reduce((sum, each) => sum + each, 0),
  };
}

/** An authorization of its own for each subject, with a first token. */
async function authorize({ deployment }: SandboxServer, subject: Subject): Promise<Authorized> {
  const { zoho } = deployment;
  const urls = { accountsUrl: zoho.origins.eu, apiUrl: zoho.origins.eu };
  if (subject === 'zoho') {
    const credentials = deployment.authorize('crm-prod');
    await deployment.refresh('crm-prod');
    return { ...urls, ...credentials, accessToken: deployment.readToken('crm-prod')?.access_token ?? '' };
  }
  const { dataCenter, scopes } = CONNECTION;
  const { clientId, clientSecret } = zoho.registerClient({ dataCenter });
  const refreshToken = zoho.grant({ clientId, dataCenter, scope: scopes.join(',') });
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  });
  const response = await fetch(`${urls.accountsUrl}/oauth/v2/token`, { method: 'POST', body });
  const { access_token: accessToken } = (await response.json()) as { access_token: string };
  return { ...urls, clientId, clientSecret, refreshToken, accessToken };
}
