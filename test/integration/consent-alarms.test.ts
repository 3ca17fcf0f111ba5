import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CreatedInvite } from '../../lambdas/core/invites/consent-answers.ts';
import { type AlarmEvaluator, createAlarmEvaluator } from '../../sandbox/alarms/alarm-evaluator.ts';
import { readAlarms } from '../../sandbox/alarms/read-alarms.ts';
import type { MetricIdentity } from '../../sandbox/aws/metric-store.ts';
import {
  type ConsentFunctions,
  type ConsentSurroundings,
  startInThisProcess,
} from '../../sandbox/consent/consent-functions.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { addClientOfInvites, CLIENT_OF_INVITES } from '../../sandbox/serve/client-of-invites.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { synthesize } from '../infra/synthesize.ts';
import { NOW_MS } from '../support/builders.ts';

const MINUTE_MS = 60_000;
const SCOPES = ['ZohoCRM.modules.ALL'];
/** One request a second, so that a flood is 61 requests in a minute. */
const template = synthesize({ consent: { displayName: 'Acme', requestsPerSecond: 1 } });
/** The beginning of the logical IDs, which contain a hash. */
const idOf = (type: string, start: string) =>
  Object.keys(template.findResources(type)).find((id) => id.startsWith(start)) ?? '';
const names = {
  [idOf('AWS::Lambda::Function', 'ZohoConsentPages')]: 'pages',
  [idOf('AWS::Lambda::Function', 'ZohoConsentApi')]: 'consent-api',
  [idOf('AWS::ApiGatewayV2::Api', 'ZohoConsentHttpApi')]: 'api',
};
const definitions = readAlarms(template.toJSON(), { names }).filter(({ name }) => name.includes('Consent'));

let server: SandboxServer<ManualClock>;
let evaluator: AlarmEvaluator;

beforeAll(async () => {
  server = await startSandboxServer({
    clock: new ManualClock(Math.ceil(NOW_MS / (5 * MINUTE_MS)) * 5 * MINUTE_MS),
    connections: { 'crm-prod': { dataCenter: 'eu', scopes: SCOPES } },
    consent: { startFunctions: measured },
  });
  if (server.consent === undefined) throw new Error('the pages are not deployed');
  addClientOfInvites(server.deployment, server.consent);
  evaluator = createAlarmEvaluator(definitions, server.aws.cloudWatch.metrics);
  await server.tick();
  changesIn(1);
});
afterAll(() => server.close());

describe('the drill of', () => {
  it('ConsentFailing: Zoho refuses the client after a person has consented', async () => {
    const { deployment } = server;
    const { client_id: clientId } = JSON.parse(
      deployment.aws.secretsManager.store.currentText(`zoho/${CLIENT_OF_INVITES}/client`) ?? '',
    );
    deployment.zoho.regenerateSecret(clientId);

    await consent();

    expect(changesIn(20)).toEqual(['ConsentFailing ALARM at 1', 'ConsentFailing OK at 16']);
  });

  it('ConsentErrors: DynamoDB does not let ConsentApi sweep', async () => {
    const allow = server.deployment.aws.dynamoDb.faults.deny({ operation: 'Query' });

    const changes = await drill(30, async (minute) => {
      if (minute === 10) allow();
      if (minute % 5 === 0) await server.consent?.sweep().catch(() => undefined);
    });

    expect(changes).toEqual(['ConsentErrors ALARM at 6', 'ConsentErrors OK at 16']);
  });

  it('ConsentThrottled: more requests arrive than are let through', async () => {
    const changes = await drill(6, async (minute) => {
      const visits = Array.from({ length: minute < 2 ? 61 : 60 }, () => fetch(`${server.consent?.url}/i/x`));
      for (const { status } of await Promise.all(visits)) expect(status).toBe(404);
    });

    expect(changes).toEqual(['ConsentThrottled ALARM at 2', 'ConsentThrottled OK at 4']);
  });

  it('ConsentThrottled: Lambda has no execution for the public function', () => {
    const throttles = { namespace: 'AWS/Lambda', name: 'Throttles', dimensions: { FunctionName: 'pages' } };

    expect(changesIn(6, throttles, (minute) => [minute === 0 || minute === 2 ? 1 : 0])).toEqual([
      'ConsentThrottled ALARM at 3',
      'ConsentThrottled OK at 4',
    ]);
  });
});

it('the alarms of the pages are tickets', () => {
  expect(definitions.map(({ name }) => name)).toEqual([
    'ZohoTokenRefresher-ConsentFailing',
    'ZohoTokenRefresher-ConsentErrors',
    'ZohoTokenRefresher-ConsentThrottled',
  ]);
  for (const { actions } of definitions)
    expect(actions.ALARM.map((arn) => /(Alarm|Page|Ticket)Topic/.exec(arn)?.[1])).toEqual([
      'Alarm',
      'Ticket',
    ]);
});

/** The functions in this process, and what Lambda and API Gateway publish about them: failed invocations, and requests. */
async function measured(surroundings: ConsentSurroundings): Promise<ConsentFunctions> {
  const functions = await startInThisProcess(surroundings);
  const count = (namespace: string, name: string, dimensions: Record<string, string>) =>
    server.aws.cloudWatch.metrics.addValue(
      { namespace, name, dimensions },
      { value: 1, atMs: surroundings.deployment.clock.now() },
    );
  const orCount = async (name: string, work: Promise<unknown>) => {
    try {
      return await work;
    } catch (error) {
      count('AWS/Lambda', 'Errors', { FunctionName: name });
      throw error;
    }
  };
  return {
    ...functions,
    consentApi: (event, arn) => orCount('consent-api', functions.consentApi(event, arn)),
    pages: (event) => {
      count('AWS/ApiGateway', 'Count', { ApiId: 'api' });
      return orCount('pages', functions.pages(event));
    },
  };
}

/** What changes in the next minutes, in each of which something happens. Quiet minutes follow. */
async function drill(minutes: number, happen: (minute: number) => Promise<void>): Promise<string[]> {
  const changes: string[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    await happen(minute);
    server.deployment.clock.advance(MINUTE_MS);
    const now = evaluator.evaluate(server.deployment.clock.now());
    changes.push(...wordsOf(now, minute + 1));
  }
  quieten();
  return changes;
}

/** What changes in the next minutes, in which a metric of AWS has these values. Quiet minutes follow. */
function changesIn(
  minutes: number,
  metric?: MetricIdentity,
  valuesIn: (minute: number) => readonly number[] = () => [],
): string[] {
  const { clock } = server.deployment;
  const { metrics } = server.aws.cloudWatch;
  const changes = Array.from({ length: minutes }, (_, minute) => {
    if (metric !== undefined)
      for (const value of valuesIn(minute)) metrics.addValue(metric, { value, atMs: clock.now() });
    clock.advance(MINUTE_MS);
    return wordsOf(evaluator.evaluate(clock.now()), minute + 1);
  }).flat();
  quieten();
  return changes;
}

function wordsOf(changes: ReturnType<AlarmEvaluator['evaluate']>, minute: number): string[] {
  return changes
    .filter(({ from }) => from !== 'INSUFFICIENT_DATA')
    .map(({ alarm, to }) => `${alarm.split('-')[1]} ${to} at ${minute}`);
}

function quieten(): void {
  const { clock } = server.deployment;
  clock.advance(15 * MINUTE_MS);
  evaluator.evaluate(clock.now());
}

/** A visitor opens the link, clicks, accepts at Zoho and comes back. */
async function consent(): Promise<void> {
  const created = await server.consent?.invoke(
    { action: 'create-invite', connection: 'crm-prod', client: CLIENT_OF_INVITES, scopes: SCOPES },
    `${server.environment.ZOHO_CONSENT_TARGET}`,
  );
  const { url: link } = created as CreatedInvite;
  const opened = await fetch(link);
  const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const begun = await fetch(link, { method: 'POST', redirect: 'manual', headers: { cookie } });
  const accepted = await fetch(begun.headers.get('location') ?? '', {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ decision: 'accept' }),
  });
  await fetch(accepted.headers.get('location') ?? '', { headers: { cookie } });
}
