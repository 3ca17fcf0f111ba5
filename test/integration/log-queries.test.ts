import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { LOG_QUERIES } from '../../infra/log-queries.ts';
import { createEmfApiCalls } from '../../lambdas/client/metrics/emf-delivery.ts';
import { createHandler } from '../../lambdas/refresher/create-handler.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { logicalId, synthesize, TWO_CONNECTIONS } from '../infra/synthesize.ts';
import { discoverFields, fieldsNamedBy, type LogEvent, runQuery } from '../support/logs-insights.ts';
import { contextOf } from '../support/refresh-context.ts';
import { MINUTE_MS, START_MS } from '../support/sandbox.ts';

const RUNBOOKS = new URL('../../docs/runbooks/', import.meta.url);
/** Runbooks whose queries are for the logs of consumers. */
const FOR_CONSUMERS = ['UnauthorizedSpike.md'];

interface NamedQuery {
  readonly where: string;
  readonly query: string;
  readonly log: 'refresher' | 'consumers';
}

const queries: readonly NamedQuery[] = [
  ...LOG_QUERIES.map(({ name, query }) => ({
    where: name,
    query: query.toString(),
    log: 'refresher' as const,
  })),
  { where: 'the dashboard', query: queryOfTheDashboard(), log: 'refresher' },
  ...queriesOfTheRunbooks(),
];

const logs: Record<NamedQuery['log'], LogEvent[]> = { refresher: [], consumers: [] };
beforeAll(async () => {
  logs.refresher = [...(await logOfTheRefresher()), ...linesOfLambda()];
  logs.consumers = await logOfAConsumer();
});

/** The rows of a query on the log that it is for. */
function rowsOf(where: string) {
  const found = queries.filter((query) => query.where === where);
  const [named] = found;
  if (named === undefined || found.length > 1)
    throw new Error(`There are ${found.length} queries of "${where}".`);
  return runQuery(named.query, logs[named.log]);
}

describe('a query that an operator is given', () => {
  it.each(queries)('$where: names only fields that its log has', ({ query, log }) => {
    const fields = new Set(logs[log].flatMap((line) => [...discoverFields(line).keys()]));

    expect(fieldsNamedBy(query).filter((field) => !fields.has(field))).toEqual([]);
  });

  it.each(queries)('$where: finds something when everything has gone wrong', ({ query, log }) => {
    expect(runQuery(query, logs[log])).not.toEqual([]);
  });

  it.each(queries)('$where: finds nothing in a log without lines', ({ query }) => {
    expect(runQuery(query, [])).toEqual([]);
  });

  it('stands in the runbooks', () => {
    const files = queriesOfTheRunbooks().map(({ where }) => where);

    expect(files).toEqual(expect.arrayContaining(['RefreshFailing.md', 'UnauthorizedSpike.md']));
  });

  it('by its name has that name', () => {
    const names = runbooks().flatMap(({ text }) => [...text.matchAll(/saved query `([^`]+)`/g)]);

    expect(names).not.toEqual([]);
    for (const [, name] of names) expect(LOG_QUERIES.map((query) => query.name)).toContain(name);
  });
});

describe('the saved queries', () => {
  it('count failures by code and connection, the most frequent first, with the latest reason', () => {
    const [mostFrequent, ...others] = rowsOf('failures by code');

    expect(mostFrequent).toEqual({
      code: 'server_error',
      connection: 'desk-prod',
      attempts: 2,
      why: expect.stringContaining('HTTP 500'),
    });
    expect(others).toHaveLength(3);
    expect(others).toEqual(
      expect.arrayContaining([
        {
          code: 'aws_access_denied',
          connection: 'desk-prod',
          attempts: 1,
          why: expect.stringContaining('secretsmanager:GetSecretValue on zoho/desk-prod/credentials'),
        },
        { code: 'throttled', connection: 'desk-prod', attempts: 1, why: expect.any(String) },
        {
          code: 'invalid_code',
          connection: 'crm-prod',
          attempts: 1,
          why: expect.stringContaining('Authorize the connection again.'),
        },
      ]),
    );
  });

  it('tell the life of one connection, the newest first', () => {
    const rows = rowsOf('attempts of one connection');

    const attempts = rows.filter(({ outcome }) => outcome !== undefined);
    expect(attempts).toEqual([
      {
        '@timestamp': START_MS + 70 * MINUTE_MS + 740,
        message: 'refresh failed',
        outcome: 'blocked',
        trigger: 'operator',
        code: 'invalid_code',
        class: 'reauthorize',
        zohoError: 'invalid_code',
        reason: expect.stringContaining('Authorize the connection again.'),
        status: 'blocked',
        generation: 3,
        'durationsMs.total': 0,
        nextAttemptAt: expect.stringMatching(/^2026-01-05T/),
      },
      {
        '@timestamp': START_MS + 60 * MINUTE_MS + 740,
        message: 'refreshed',
        outcome: 'refreshed',
        trigger: 'unauthorized',
        status: 'active',
        generation: 2,
        'durationsMs.total': 740,
        nextAttemptAt: expect.stringMatching(/^2026-01-05T10:5/),
      },
      {
        '@timestamp': START_MS,
        message: 'refreshed',
        outcome: 'refreshed',
        trigger: 'schedule',
        status: 'active',
        generation: 1,
        'durationsMs.total': 0,
        nextAttemptAt: expect.stringMatching(/^2026-01-05T09:5/),
      },
    ]);
    const others = rows.filter((row) => !attempts.includes(row));
    expect(others).toEqual([{ '@timestamp': START_MS, message: 'connection registered' }]);
  });

  it('find each way in which an invocation fails, and nothing else', () => {
    const rows = rowsOf('invocations that failed').map(({ '@message': line, '@timestamp': _, ...row }) => ({
      ...row,
      ...(row.message === undefined ? { line } : {}),
    }));

    expect(rows).toEqual([
      { line: expect.stringContaining('InvalidConfigError') },
      { line: expect.stringContaining('signal: killed') },
      { line: expect.stringContaining('Task timed out after 60.06 seconds') },
      { message: 'the invocation failed unexpectedly', 'bug.name': 'TypeError' },
      {
        message: 'the invocation failed',
        code: 'aws_access_denied',
        reason: expect.stringContaining('dynamodb:Query'),
      },
    ]);
  });

  it('say how long attempts take, by hour and outcome, and how long of it Zoho does', () => {
    const rows = rowsOf('how long attempts take');

    const inTheSecondHour = rows.filter(({ hour }) => hour === START_MS + 60 * MINUTE_MS);
    expect(rows.slice(0, 2)).toEqual(inTheSecondHour);
    expect(inTheSecondHour).toEqual(
      expect.arrayContaining([
        {
          hour: START_MS + 60 * MINUTE_MS,
          outcome: 'refreshed',
          attempts: 1,
          totalMsAverage: 740,
          totalMs95: 740,
          zohoMsAverage: 740,
          zohoMs95: 740,
        },
        expect.objectContaining({ outcome: 'blocked', attempts: 1, zohoMs95: 0 }),
      ]),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({ hour: START_MS, outcome: 'refreshed', attempts: 2, totalMsAverage: 0 }),
    );
  });
});

it('the dashboard shows the last failures of each connection, the newest first', () => {
  expect(rowsOf('the dashboard')).toEqual([
    failure('crm-prod', 'invalid_code', 1, 70 * MINUTE_MS + 740),
    failure('desk-prod', 'throttled', 1, 40 * MINUTE_MS),
    failure('desk-prod', 'aws_access_denied', 1, 30 * MINUTE_MS),
    failure('desk-prod', 'server_error', 2, 20 * MINUTE_MS),
  ]);

  function failure(connection: string, code: string, attempts: number, afterMs: number) {
    return { connection, code, attempts, last: START_MS + afterMs, why: expect.any(String) };
  }
});

describe('the runbooks', () => {
  it('count failures as the saved query does', () => {
    expect(rowsOf('RefreshFailing.md')).toEqual(rowsOf('failures by code'));
  });

  it('count the 401s of each connection in the logs of its consumers, the most first', () => {
    const rows = rowsOf('UnauthorizedSpike.md');

    expect(rows[0]).toEqual({ connection: 'crm-prod', 'bin(5m)': START_MS, rejected: 3 });
    expect(rows.slice(1)).toHaveLength(2);
    expect(rows).toContainEqual({ connection: 'crm-prod', 'bin(5m)': START_MS + 5 * MINUTE_MS, rejected: 1 });
    expect(rows).toContainEqual({ connection: 'desk-prod', 'bin(5m)': START_MS, rejected: 1 });
  });
});

/** A bad morning of two connections: log lines and metrics, which lie in one log, at the times of the deployment's clock. */
async function logOfTheRefresher(): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  const note = (message: string) => events.push({ timestampMs: deployment.clock.now(), message });
  const deployment = await LocalDeployment.start({
    startMs: START_MS,
    connections: {
      'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
      'desk-prod': { dataCenter: 'eu', scopes: ['Desk.tickets.READ'] },
    },
    onLogLine: note,
    onMetricLine: note,
  });
  try {
    await failInEveryWay(deployment);
  } finally {
    await deployment.close();
  }
  return events;
}

async function failInEveryWay(deployment: LocalDeployment): Promise<void> {
  const { refreshToken } = deployment.authorize('crm-prod');
  deployment.authorize('desk-prod');
  await deployment.tick();

  for (const kind of ['html-5xx', 'server-error-json'] as const) {
    deployment.clock.advance(10 * MINUTE_MS);
    deployment.zoho.injectFault({ kind, calls: 1 });
    await deployment.refresh('desk-prod', { reason: 'operator' });
  }

  deployment.clock.advance(10 * MINUTE_MS);
  const allow = deployment.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' });
  await deployment.refresh('desk-prod', { reason: 'operator' });
  allow();

  deployment.clock.advance(10 * MINUTE_MS);
  deployment.zoho.injectFault({ kind: 'throttle', calls: 1 });
  await deployment.refresh('desk-prod', { reason: 'operator' });

  deployment.clock.advance(5 * MINUTE_MS);
  const answerAgain = deployment.aws.dynamoDb.faults.deny({ operation: 'Query' });
  await expect(deployment.tick()).rejects.toThrow('dynamodb:Query');
  answerAgain();

  deployment.clock.advance(5 * MINUTE_MS);
  await meetABug(deployment);

  deployment.clock.advanceTo(START_MS + 60 * MINUTE_MS);
  const hurry = deployment.zoho.onTokenRequest(() => {
    deployment.clock.advance(740);
    return undefined;
  });
  await deployment.refresh('crm-prod', { reason: 'unauthorized', rejectedGeneration: 1 });
  hurry();

  deployment.clock.advance(10 * MINUTE_MS);
  deployment.zoho.revoke(refreshToken);
  await deployment.refresh('crm-prod', { reason: 'operator' });
}

async function meetABug(deployment: LocalDeployment): Promise<void> {
  const { settings: _settings, deadlines: _deadlines, connections, ...dependencies } = contextOf(deployment);
  const read = () => {
    throw new TypeError('a bug');
  };
  const handler = createHandler({
    config: deployment.config,
    logger: deployment.log,
    pace: () => Promise.resolve(),
    dependencies: { ...dependencies, connections: { ...connections, read } },
  });
  const event = { action: 'refresh', connection: 'crm-prod', reason: 'operator' };
  await expect(handler(event, lambdaContext())).rejects.toThrow('TypeError');
}

/**
 * What Lambda itself writes into the log. Sources: "Viewing CloudWatch logs for Lambda", "Troubleshoot invocation issues in
 * Lambda" and "AWS Lambda function errors in Node.js" in Lambda's developer guide.
 */
function linesOfLambda(): LogEvent[] {
  const id = '1f5d3bb2-6f1c-4c5e-9f0a-3d7e0f6f2b11';
  const lines = [
    `START RequestId: ${id} Version: $LATEST`,
    `2026-01-05T10:21:00.000Z ${id} Task timed out after 60.06 seconds\n\n`,
    `RequestId: ${id} Error: Runtime exited with error: signal: killed\nRuntime.ExitError`,
    '2026-01-05T10:23:00.000Z\tundefined\tERROR\tUncaught Exception\t{"errorType":"InvalidConfigError","errorMessage":"TABLE_NAME: missing","stack":[]}',
    `END RequestId: ${id}`,
    `REPORT RequestId: ${id}\tDuration: 60060.00 ms\tBilled Duration: 60000 ms\tMemory Size: 512 MB\tMax Memory Used: 120 MB`,
  ];
  return lines.map((message, index) => ({ timestampMs: START_MS + (80 + index) * MINUTE_MS, message }));
}

/** Calls of Zoho's APIs as a consumer in Lambda counts them, among lines of its own. */
async function logOfAConsumer(): Promise<LogEvent[]> {
  const clock = new ManualClock(START_MS);
  const events: LogEvent[] = [];
  const note = (message: string) => events.push({ timestampMs: clock.now(), message });
  const reporter = createEmfApiCalls({
    secretPrefix: 'zoho',
    clock,
    writeLine: note,
    scheduleFlush: () => {},
  });
  const call = (connection: string, ...answers: readonly ('ok' | 401)[]) => {
    for (const answer of answers) reporter.record(connection, { unauthorized: answer === 401 });
  };

  note('START RequestId: 1f5d3bb2-6f1c-4c5e-9f0a-3d7e0f6f2b11 Version: $LATEST');
  note(JSON.stringify({ level: 'INFO', message: 'orders read', connection: 'crm-prod' }));
  call('crm-prod', 'ok', 'ok', 401, 401, 'ok', 401);
  call('desk-prod', 401, ...Array<'ok'>(250).fill('ok'));
  clock.advance(5 * MINUTE_MS);
  call('crm-prod', 'ok', 401, 'ok');
  await reporter.flush();
  return events;
}

function runbooks() {
  return readdirSync(RUNBOOKS)
    .filter((file) => file.endsWith('.md'))
    .map((file) => ({ file, text: readFileSync(new URL(file, RUNBOOKS), 'utf8') }));
}

/** Fenced code that names no language: there is no name for this one. Commands of a shell say so. */
function queriesOfTheRunbooks(): NamedQuery[] {
  return runbooks().flatMap(({ file, text }) =>
    [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
      .filter(([, language]) => language === '')
      .map(([, , query = '']) => ({
        where: file,
        query,
        log: FOR_CONSUMERS.includes(file) ? 'consumers' : 'refresher',
      })),
  );
}

/** As deployed; the name of the log group is put in by CloudFormation. */
function queryOfTheDashboard(): string {
  const template = synthesize({ connections: TWO_CONNECTIONS });
  const id = logicalId(template, 'AWS::CloudWatch::Dashboard');
  const { DashboardBody } = template.toJSON().Resources[id].Properties;
  const [, parts] = DashboardBody['Fn::Join'] as [string, (string | object)[]];
  const body = parts.map((part) => (typeof part === 'string' ? part : 'put-in-at-deployment')).join('');
  const { widgets } = JSON.parse(body) as { widgets: { properties: { query?: string } }[] };
  const [query, ...others] = widgets.flatMap(({ properties }) => properties.query ?? []);
  if (query === undefined || others.length > 0) throw new Error('The dashboard has not exactly one query.');
  return query;
}
