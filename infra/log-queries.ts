import { Stack } from 'aws-cdk-lib';
import { type ILogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** A saved query of CloudWatch Logs Insights over the refresher's log; the runbooks name them. */
interface LogQuery {
  readonly name: string;
  readonly query: QueryString;
}

/** What an operator wants to know of the log, ready to be run. */
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
      fields: ['@timestamp', 'message', 'code', 'class', 'generation', 'status', 'reason', 'nextAttemptAt'],
      filterStatements: ['connection = "crm-prod"'],
      sort: '@timestamp desc',
      limit: 200,
    }),
  },
  {
    name: 'invocations that failed',
    query: new QueryString({
      fields: ['@timestamp', 'message', 'code', 'reason', 'error.name', '@message'],
      filterStatements: ['message = "the invocation failed" or @message like "Task timed out"'],
      sort: '@timestamp desc',
      limit: 100,
    }),
  },
];

/** Saves the queries, in a folder named after the stack. */
export function saveLogQueries(scope: Construct, id: string, logGroup: ILogGroup): void {
  for (const [index, { name, query }] of LOG_QUERIES.entries()) {
    new QueryDefinition(scope, `${id}${index + 1}`, {
      queryDefinitionName: `${Stack.of(scope).stackName}/${name}`,
      queryString: query,
      logGroups: [logGroup],
    });
  }
}
