import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  MathExpression,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { connectionMetric, refresherMetric } from './metrics.ts';

export interface AlarmsProps {
  /** Value of the metrics' dimension. */
  readonly secretPrefix: string;
  /** Told when an alarm goes off and when it is over. */
  readonly topic: ITopic;
  readonly runbookBaseUrl: string;
  readonly refreshMarginSeconds: number;
  /** Declared connections: each one's 401 rate is watched apart. */
  readonly connectionNames: readonly string[];
  readonly unauthorizedRatePercent: number;
  readonly unauthorizedMinimumCount: number;
}

/** Everything that calls for a human. Each alarm says what it means, what to do first, and where its runbook is. */
export class RefresherAlarms extends Construct {
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.#reauthorizationNeeded();
    this.#tokenExpiringSoon();
    this.#refreshFailing();
    this.#refresherSilent();
    this.#unauthorizedSpikeOfTheFleet();
    for (const name of props.connectionNames) this.#unauthorizedSpikeOfConnection(name);
  }

  /** A blocked connection is reported again every 5 minutes: with 7 to look back on, the alarm stays until it is mended. */
  #reauthorizationNeeded(): void {
    this.#alarm('ReauthorizationNeeded', {
      alarmDescription:
        'Zoho refuses the credentials of a connection; its token runs out within the hour. ' +
        `First: the log of the refresher names the connection and the reason ("refresh failed"); new credentials in ` +
        `${this.#props.secretPrefix}/<connection>/credentials mend it within 5 minutes.`,
      metric: refresherMetric(this.#props.secretPrefix, 'Blocked'),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 7,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /** One minute is enough: a token that is refreshed in time is never this near to its end. */
  #tokenExpiringSoon(): void {
    const thresholdSeconds = soonestExpiryThresholdSeconds(this.#props.refreshMarginSeconds);
    this.#alarm('TokenExpiringSoon', {
      alarmDescription:
        `A token expires in less than ${thresholdSeconds} seconds and has not been replaced, whatever the cause. ` +
        'First: the log of the refresher names the connection and its last failure ("refresh failed").',
      metric: refresherMetric(this.#props.secretPrefix, 'SoonestExpirySeconds'),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: thresholdSeconds,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /** One failed attempt is nothing: the next one follows within two minutes. */
  #refreshFailing(): void {
    this.#alarm('RefreshFailing', {
      alarmDescription:
        'Refreshes failed in 3 of the last 5 minutes: Zoho or an AWS service does not answer as it should. ' +
        'Published tokens stay valid until they expire. First: the log of the refresher names the failure ("refresh failed"); see also status.zoho.com.',
      metric: refresherMetric(this.#props.secretPrefix, 'RefreshFailed'),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 3,
      evaluationPeriods: 5,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /** A dead man's switch. It also goes off for some minutes after the very first deployment, before the first ticks. */
  #refresherSilent(): void {
    this.#alarm('RefresherSilent', {
      alarmDescription:
        'The refresher has not completed a run for 3 minutes: nothing is refreshed, every token runs out within the hour. ' +
        'Expected for some minutes after the first deployment. First: look at the log of the refresher function.',
      metric: refresherMetric(this.#props.secretPrefix, 'Heartbeat', { statistic: Stats.SAMPLE_COUNT }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 3,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  /** Sees what the alarms of single connections cannot: connections added at run time, and a little of it everywhere. */
  #unauthorizedSpikeOfTheFleet(): void {
    const { secretPrefix } = this.#props;
    this.#unauthorizedSpike({
      unauthorized: refresherMetric(secretPrefix, 'Unauthorized'),
      callers: 'consumers of any connection',
      first: 'the alarms of single connections say whether it is one of the declared ones',
    });
  }

  #unauthorizedSpikeOfConnection(connection: string): void {
    const { secretPrefix } = this.#props;
    this.#unauthorizedSpike({
      unauthorized: connectionMetric(secretPrefix, connection, 'Unauthorized'),
      callers: `consumers of ${connection}`,
      first:
        'if ReauthorizationNeeded is in alarm too, follow its runbook; ' +
        `if not, the log of the refresher says when ${connection} last got a token ("refreshed")`,
      connection,
    });
  }

  /**
   * One window of 5 minutes, because that is what the threshold speaks of. It slides: CloudWatch looks at the last 5 minutes
   * at every evaluation, not once in 5 minutes ("Alarm evaluation window" in its user guide), so that the alarm goes off
   * with the first evaluation after enough 401s. Its value is the rate, which the notification shows; too few 401s count
   * as none. No calls at all are no 401s either.
   */
  #unauthorizedSpike({ unauthorized, callers, first, connection }: UnauthorizedSpike): void {
    const { unauthorizedRatePercent, unauthorizedMinimumCount } = this.#props;
    const description =
      `More than ${unauthorizedRatePercent} % (and at least ${unauthorizedMinimumCount}) of the calls that ${callers} made to Zoho in 5 minutes ` +
      `were answered with 401: tokens are rejected before their time, or consumers use outdated ones. First: ${first}.`;
    const period = Duration.minutes(5);
    const metric = new MathExpression({
      label: '401s in percent of all calls',
      expression: `IF(unauthorized >= ${unauthorizedMinimumCount}, 100 * rate, 0)`,
      usingMetrics: {
        unauthorized: unauthorized.with({ statistic: Stats.SUM, period }),
        rate: unauthorized.with({ statistic: Stats.AVERAGE, period }),
      },
      period,
    });
    const props = {
      alarmDescription: description,
      metric,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: unauthorizedRatePercent,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    };
    this.#alarm('UnauthorizedSpike', props, connection);
  }

  /** An alarm of one connection has a name of its own and shares its runbook with those of the others. */
  #alarm(name: string, props: Omit<AlarmProps, 'alarmName'>, connection?: string): void {
    const { topic, runbookBaseUrl } = this.#props;
    const id = connection === undefined ? name : `${name}-${connection}`;
    const alarm = new Alarm(this, id, {
      ...props,
      alarmName: `${Stack.of(this).stackName}-${id}`,
      alarmDescription: `${props.alarmDescription} Runbook: ${runbookBaseUrl}/${name}.md`,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
  }
}

interface UnauthorizedSpike {
  readonly unauthorized: Metric;
  /** Completes "the calls that … made". */
  readonly callers: string;
  /** What to do first. */
  readonly first: string;
  /** The one connection that is watched. @default - all */
  readonly connection?: string;
}

const MAX_SOONEST_EXPIRY_SECONDS = 180;
const TWO_TICKS_SECONDS = 120;

/**
 * 3 minutes; less where the margin is so small that a healthy token may come as near to its end as that: due just
 * after one tick, it is replaced by the next, and the index that is asked for the soonest may lag behind.
 */
function soonestExpiryThresholdSeconds(refreshMarginSeconds: number): number {
  return Math.min(MAX_SOONEST_EXPIRY_SECONDS, refreshMarginSeconds - TWO_TICKS_SECONDS);
}
