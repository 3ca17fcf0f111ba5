import { type ILogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** A saved query of CloudWatch Logs Insights on the refresher's log. The runbooks refer to it by name. */
interface LogQuery {
  readonly name: string;
  readonly query: QueryString;
}

/** Queries for operators. A test checks their fields and values against real log lines. */
export const LOG_QUERIES: readonly LogQuery[] = [
  {
    name: 'failures by code',
    query: new QueryString({
      filterStatements: ['message = "refresh failed"'],
      statsStatements: ['count(*) as attempts, latest(reason) as why by code, connection'],
      sort: 'attempts desc',
    }),
  },
  {
    name: 'attempts of one connection',
    query: new QueryString({
      fields: [
        '@timestamp',
        'message',
        'outcome',
        'trigger',
        'code',
        'class',
        'zohoError',
        'reason',
        'status',
        'generation',
        'durationsMs.total',
        'nextAttemptAt',
      ],
      // Metrics are in the same log and have the field connection too, but no message.
      filterStatements: ['connection = "crm-prod" and ispresent(message)'],
      sort: '@timestamp desc',
      limit: 200,
    }),
  },
  {
    name: 'invocations that failed',
    query: new QueryString({
      fields: ['@timestamp', 'message', 'code', 'reason', 'bug.name', '@message'],
      filterStatements: [
        // Lambda itself logs the last three: for a timeout, a crash, and a failed start.
        'message like /^the invocation failed/ or @message like /Task timed out|Runtime exited|Uncaught Exception/',
      ],
      sort: '@timestamp desc',
      limit: 100,
    }),
  },
  {
    name: 'how long attempts take',
    query: new QueryString({
      filterStatements: ['ispresent(durationsMs.total)'],
      statsStatements: [
        'count(*) as attempts, ' +
          'avg(durationsMs.total) as totalMsAverage, pct(durationsMs.total, 95) as totalMs95, ' +
          'avg(durationsMs.zoho) as zohoMsAverage, pct(durationsMs.zoho, 95) as zohoMs95 ' +
          'by bin(1h) as hour, outcome',
      ],
      sort: 'hour desc',
    }),
  },
  {
    name: 'changed answers',
    query: new QueryString({
      fields: [
        '@timestamp',
        'connection',
        'change',
        'code',
        'message',
        'ignored',
        'lifeSeconds',
        'previousLifeSeconds',
        'reason',
      ],
      filterStatements: ['ispresent(change) or code = "token_too_long"'],
      sort: '@timestamp desc',
      limit: 100,
    }),
  },
];

/** Saves the queries in a folder. */
export function saveLogQueries(
  scope: Construct,
  id: string,
  { folder, logGroup }: { readonly folder: string; readonly logGroup: ILogGroup },
): void {
  for (const [index, { name, query }] of LOG_QUERIES.entries()) {
    new QueryDefinition(scope, `${id}${index + 1}`, {
      queryDefinitionName: `${folder}/${name}`,
      queryString: query,
      logGroups: [logGroup],
    });
  }
}
