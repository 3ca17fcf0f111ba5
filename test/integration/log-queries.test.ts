import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_LOG } from '../../infra/consent/consent-http-api.ts';
import { LOG_QUERIES } from '../../infra/log-queries.ts';
import { createHeldMetrics } from '../../lambdas/client/metrics/client-metrics.ts';
import { createEmfDelivery } from '../../lambdas/client/metrics/emf-delivery.ts';
import { createHandler } from '../../lambdas/refresher/create-handler.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { readWidgets, synthesize } from '../infra/synthesize.ts';
import { findQueryProblems, type LogLine, readLogLine, selectLines } from '../support/log-query.ts';
import { NO_PACES } from '../support/no-paces.ts';
import { METRICS_SOURCE, metricsOf } from '../support/put-metric-data.ts';
import { contextOf } from '../support/refresh-context.ts';
import { MINUTE_MS, putRow, START_MS } from '../support/sandbox.ts';

const RUNBOOKS = new URL('../../docs/runbooks/', import.meta.url);

interface NamedQuery {
  readonly where: string;
  readonly query: string;
}

const queries: readonly NamedQuery[] = [
  ...LOG_QUERIES.map(({ name, query }) => ({ where: name, query: query.toString() })),
  ...readWidgets(synthesize({ dashboard: true }))
    .flatMap(({ properties }) => properties.query ?? [])
    .map((query) => ({ where: 'the dashboard', query: query.replace(/^SOURCE '\S+' \| /, '') })),
  ...queriesOfTheRunbooks(),
];

const logs: Record<'refresher' | 'consumers' | 'consentPages', LogLine[]> = {
  refresher: [],
  consumers: [],
  consentPages: [readLogLine(JSON.stringify(ACCESS_LOG))],
};
/** Only consumers write the metric `Unauthorized`, and only the access log of the consent pages has addresses. */
const logFor = (query: string) => {
  if (query.includes('sourceIp')) return logs.consentPages;
  return query.includes('Unauthorized') ? logs.consumers : logs.refresher;
};
beforeAll(async () => {
  logs.refresher = [...(await logOfTheRefresher()), ...linesOfLambda()].map(readLogLine);
  logs.consumers = (await logOfAConsumer()).map(readLogLine);
});

describe('every query for operators', () => {
  it.each(queries)('$where: matches the fields and values of real log lines', ({ query }) => {
    expect(findQueryProblems(query, logFor(query))).toEqual([]);
    expect(selectLines(query, logFor(query))).not.toEqual([]);
  });

  it('is saved, on the dashboard or in one of these runbooks', () => {
    expect(queries.slice(LOG_QUERIES.length).map(({ where }) => where)).toEqual([
      'the dashboard',
      'the dashboard',
      'ConsentThrottled.md',
      'RefreshFailing.md',
      'TokensRejected.md',
      'TokensRejected.md',
      'UnauthorizedSpike.md',
      'ZohoThrottling.md',
    ]);
  });

  it('that a runbook names is a saved query', () => {
    const names = runbooks().flatMap(({ text }) => [...text.matchAll(/saved query `([^`]+)`/g)]);

    expect(names).not.toEqual([]);
    for (const [, name] of names) expect(LOG_QUERIES.map((query) => query.name)).toContain(name);
  });

  it('that RefreshFailing.md shows in full is the saved query', () => {
    expect(queryIn('RefreshFailing.md')).toBe(queryIn('failures by code').replaceAll('\n', ' '));
  });
});

describe('the lines that a query selects', () => {
  it('are every failed attempt', () => {
    expect(valuesSelectedBy('failures by code', 'code')).toEqual([
      'malformed_row',
      'server_error',
      'server_error',
      'aws_access_denied',
      'throttled',
      'invalid_code',
      'token_too_long',
    ]);
  });

  it('are the answers of Zoho that it does not document', () => {
    expect(valuesSelectedBy('changed answers', 'change')).toEqual([
      'refresh-token',
      'api-domain',
      undefined,
      'token-life',
    ]);
  });

  it('are the attempts of one connection, not its metrics', () => {
    expect(valuesSelectedBy('attempts of one connection', 'message')).toEqual([
      'connection registered',
      'refreshed',
      'refreshed',
      'refresh failed',
    ]);
  });

  it('are every failed invocation, also those that only Lambda logs', () => {
    expect(valuesSelectedBy('invocations that failed', '@message')).toEqual([
      expect.stringContaining('dynamodb:Query'),
      expect.stringContaining('"bug":{"name":"TypeError"'),
      expect.stringContaining('Task timed out after 60.06 seconds'),
      expect.stringContaining('signal: killed'),
      expect.stringContaining('InvalidConfigError'),
    ]);
  });

  it('are one line for each 401', () => {
    expect(valuesSelectedBy('UnauthorizedSpike.md', 'connection')).toEqual([
      ...['crm-prod', 'crm-prod', 'crm-prod'],
      'desk-prod',
      'crm-prod',
    ]);
  });
});

describe('the check of queries', () => {
  it.each([
    ['stats max(durationMs.total) as longest', 'no line has the field durationMs.total'],
    ['fliter message = "refreshed"', 'no line has the field fliter'],
    ['filter message = "has failed"', 'no line has message like /^has failed$/'],
    ['filter @message like /timed out|quit/', 'no line has @message like /quit/'],
    ['filter message = "refreshed" | stats count(*) by code', 'a selected line has no code'],
    ['filter message = "refreshed" | stats latest(reason)', 'a selected line has no reason'],
  ])('finds the mistake in: %s', (query, problem) => {
    expect(findQueryProblems(query, logs.refresher)).toEqual([problem]);
  });

  it('knows that CloudWatch has a field for each item of an embedded metric list, none for the list', () => {
    const metrics = logs.consumers.filter((line) => line.has('Unauthorized.0'));
    const problemsOf = (field: string) => findQueryProblems(`stats sum(${field}) by connection`, metrics);

    expect(problemsOf('Unauthorized')).toEqual(['no line has the field Unauthorized']);
    expect(['Unauthorized.0', 'Unauthorized.99'].flatMap(problemsOf)).toEqual([]);
  });

  it('rejects a filter that it cannot check', () => {
    for (const filter of ['status > 200', 'a = "1" and b = "2" or c = "3"', 'a not like /b/', 'a in ["b"]'])
      expect(() => findQueryProblems(`filter ${filter}`, [])).toThrow('This filter cannot be checked');
  });
});

function queryIn(where: string): string {
  return queries.find((query) => query.where === where)?.query ?? '';
}

/** One field of each line that a query selects, in the order of the log. */
function valuesSelectedBy(where: string, field: string): unknown[] {
  const query = queryIn(where);
  return selectLines(query, logFor(query)).map((line) => line.get(field));
}

/** Log lines and metrics, which share a log, of connections that fail in every way. */
async function logOfTheRefresher(): Promise<string[]> {
  const lines: string[] = [];
  const deployment = await LocalDeployment.start({
    startMs: START_MS,
    connections: {
      'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
      'desk-prod': { dataCenter: 'eu', scopes: ['Desk.tickets.READ'] },
      'books-prod': { dataCenter: 'eu', scopes: ['ZohoBooks.contacts.READ'] },
      'sign-prod': { dataCenter: 'eu', scopes: ['ZohoSign.documents.READ'] },
    },
    onLogLine: (line) => lines.push(line),
    onMetricLine: (line) => lines.push(line),
  });
  await failInEveryWay(deployment).finally(() => deployment.close());
  return lines;
}

async function failInEveryWay(deployment: LocalDeployment): Promise<void> {
  const { aws, clock, zoho } = deployment;
  const refresh = (connection: string) => {
    clock.advance(10 * MINUTE_MS);
    return deployment.refresh(connection);
  };
  const { refreshToken } = deployment.authorize('crm-prod');
  deployment.authorize('desk-prod');
  await putRow(deployment, {
    connection: { S: 'by-hand' },
    queue: { S: 'due' },
    nextAttemptAt: { N: '1' },
  });
  await deployment.tick();

  for (const kind of ['html-5xx', 'server-error-json'] as const) {
    zoho.injectFault({ kind, calls: 1 });
    await refresh('desk-prod');
  }

  const allowSecrets = aws.secretsManager.faults.deny({ operation: 'GetSecretValue' });
  await refresh('desk-prod');
  allowSecrets();

  zoho.injectFault({ kind: 'throttle', calls: 1 });
  await refresh('desk-prod');

  const allowQueries = aws.dynamoDb.faults.deny({ operation: 'Query' });
  await expect(deployment.tick()).rejects.toThrow('dynamodb:Query');
  allowQueries();
  await meetABug(deployment);

  await refresh('crm-prod');
  zoho.revoke(refreshToken);
  await refresh('crm-prod');
  await complainTooOften(deployment);
  await changeTheContract(deployment);
}

/** Zoho answers otherwise than it documents, in every way. */
async function changeTheContract(deployment: LocalDeployment): Promise<void> {
  const { refreshToken } = deployment.authorize('sign-prod');
  await deployment.refresh('sign-prod');
  for (const kind of ['rotated-refresh-token', 'foreign-api-domain', 'overlong-token'] as const) {
    deployment.zoho.injectFault({ kind, refreshToken, calls: 1 });
    deployment.clock.advance(11 * MINUTE_MS);
    await deployment.refresh('sign-prod');
  }
  deployment.zoho.changeContract({ accessTokenLifeSeconds: 600 }, refreshToken);
  deployment.clock.advance(31 * MINUTE_MS);
  await deployment.refresh('sign-prod');
}

/** A consumer rejects every token until its complaints are declined. */
async function complainTooOften(deployment: LocalDeployment): Promise<void> {
  deployment.authorize('books-prod');
  await deployment.refresh('books-prod');
  for (let rejectedGeneration = 1; rejectedGeneration <= 5; rejectedGeneration += 1) {
    deployment.clock.advance(MINUTE_MS);
    await deployment.refresh('books-prod', { reason: 'unauthorized', rejectedGeneration });
  }
}

async function meetABug(deployment: LocalDeployment): Promise<void> {
  const { settings: _settings, deadlines: _deadlines, connections, ...dependencies } = contextOf(deployment);
  const read = () => {
    throw new TypeError('a bug');
  };
  const handler = createHandler({
    config: deployment.config,
    logger: deployment.log,
    paces: NO_PACES,
    dependencies: { ...dependencies, connections: { ...connections, read } },
  });
  const event = { action: 'refresh', connection: 'crm-prod', reason: 'operator' };
  await expect(handler(event, lambdaContext())).rejects.toThrow('TypeError');
}

/**
 * What Lambda itself writes into the log. Sources: "Viewing CloudWatch logs for Lambda", "Troubleshoot invocation issues in
 * Lambda" and "AWS Lambda function errors in Node.js" in Lambda's developer guide.
 */
function linesOfLambda(): string[] {
  const id = '1f5d3bb2-6f1c-4c5e-9f0a-3d7e0f6f2b11';
  return [
    `START RequestId: ${id} Version: $LATEST`,
    `2026-01-05T10:21:00.000Z ${id} Task timed out after 60.06 seconds\n\n`,
    `RequestId: ${id} Error: Runtime exited with error: signal: killed\nRuntime.ExitError`,
    '2026-01-05T10:23:00.000Z\tundefined\tERROR\tUncaught Exception\t{"errorType":"InvalidConfigError","errorMessage":"TABLE_NAME: missing","stack":[]}',
    `END RequestId: ${id}`,
    `REPORT RequestId: ${id}\tDuration: 60060.00 ms\tBilled Duration: 60000 ms\tMemory Size: 512 MB\tMax Memory Used: 120 MB`,
  ];
}

/** API calls as a consumer in Lambda reports them, among lines of its own. */
async function logOfAConsumer(): Promise<string[]> {
  const clock = new ManualClock(START_MS);
  const lines = [
    'START RequestId: 1f5d3bb2-6f1c-4c5e-9f0a-3d7e0f6f2b11 Version: $LATEST',
    JSON.stringify({ level: 'INFO', message: 'orders read', connection: 'crm-prod' }),
  ];
  const metricsFor = (connection: string) => {
    const warn = () => {};
    const delivery = createEmfDelivery((line) => lines.push(line), warn);
    const held = createHeldMetrics({ delivery, now: () => clock.now(), warn });
    return metricsOf(held, { ...METRICS_SOURCE, connection });
  };
  const consumers = { 'crm-prod': metricsFor('crm-prod'), 'desk-prod': metricsFor('desk-prod') };
  const call = async (connection: keyof typeof consumers, ...answers: readonly ('ok' | 401)[]) => {
    for (const answer of answers) consumers[connection].recordCall(answer === 401);
    await consumers[connection].flush();
  };

  await call('crm-prod', 'ok', 'ok', 401, 401, 'ok', 401);
  await call('desk-prod', 401, ...Array<'ok'>(250).fill('ok'));
  clock.advance(5 * MINUTE_MS);
  await call('crm-prod', 'ok', 401, 'ok');
  return lines;
}

function runbooks() {
  return readdirSync(RUNBOOKS)
    .filter((file) => file.endsWith('.md'))
    .map((file) => ({ file, text: readFileSync(new URL(file, RUNBOOKS), 'utf8') }));
}

/** Code blocks of the runbooks without a language: markdown has no name for this one. */
function queriesOfTheRunbooks(): NamedQuery[] {
  return runbooks().flatMap(({ file, text }) =>
    [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
      .filter(([, language]) => language === '')
      .map(([, , query = '']) => ({ where: file, query: query.trim() })),
  );
}
