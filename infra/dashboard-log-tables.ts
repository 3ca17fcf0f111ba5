import { LogQueryVisualizationType, LogQueryWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';

const WHOLE_WIDTH = 24;

/** Every look at a connection is in the log with its state: the latest one of each connection counts. */
export function blockedNow(logGroup: ILogGroup): LogQueryWidget {
  return new LogQueryWidget({
    title: 'Blocked connections: run zoho-tokens doctor NAME',
    logGroupNames: [logGroup.logGroupName],
    view: LogQueryVisualizationType.TABLE,
    queryLines: [
      'filter ispresent(status) and ispresent(connection)',
      'stats latest(status) as state, latest(@timestamp) as seen by connection',
      'filter state = "blocked"',
      'sort seen desc',
      'limit 50',
    ],
    width: WHOLE_WIDTH,
    height: 4,
  });
}

/** Why refreshes failed in the time that the dashboard shows. */
export function lastFailures(logGroup: ILogGroup): LogQueryWidget {
  return new LogQueryWidget({
    title: 'Failures by connection and code',
    logGroupNames: [logGroup.logGroupName],
    view: LogQueryVisualizationType.TABLE,
    queryLines: [
      'filter message = "refresh failed"',
      'stats count(*) as attempts, latest(@timestamp) as last, latest(reason) as why by connection, code',
      'sort last desc',
      'limit 20',
    ],
    width: WHOLE_WIDTH,
    height: 6,
  });
}
