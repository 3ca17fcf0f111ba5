import { type AlarmState, AlarmStore, type AlarmWithState } from './alarm-store.ts';
import { type AwsEndpoint, type Clock, startAwsEndpoint } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import {
  type CloudWatchOperation,
  dimensionsOf,
  isOperation,
  parseRequest,
  type RequestOf,
  validationError,
} from './cloudwatch-requests.ts';
import { pageOf } from './listing.ts';
import { MetricStore, STATISTICS, type Statistic } from './metric-store.ts';
import { queryCompatibleErrors } from './query-protocol.ts';

const MINUTE_MS = 60_000;

/** A running stand-in of CloudWatch. */
export interface CloudWatchStandIn extends AwsEndpoint<CloudWatchOperation> {
  /** What PutMetricData added and GetMetricData reads. */
  readonly metrics: MetricStore;
  /** What DescribeAlarms lists. */
  readonly alarms: AlarmStore;
  /** Calls the listener after each SetAlarmState, instead of the one before. */
  onSetAlarmState(listener: SetAlarmStateListener): void;
}

type SetAlarmStateListener = (alarm: string, state: AlarmState) => void;

interface CloudWatchState {
  readonly clock: Clock;
  readonly metrics: MetricStore;
  readonly alarms: AlarmStore;
  afterSetAlarmState: SetAlarmStateListener;
}

/** Starts a stand-in of CloudWatch on loopback, for the real SDKs: AWS JSON 1.0, gzip included. */
export async function startCloudWatch({ clock }: { readonly clock: Clock }): Promise<CloudWatchStandIn> {
  const state: CloudWatchState = {
    ...{ clock, metrics: new MetricStore(), alarms: new AlarmStore(clock) },
    afterSetAlarmState: () => {},
  };
  const endpoint = await startAwsEndpoint<CloudWatchOperation>({
    name: 'cloudwatch',
    clock,
    contentType: 'application/x-amz-json-1.0',
    encodeError: queryCompatibleErrors({ ValidationException: 'ValidationError' }),
    describeCall: ({ operation }) => ({ operation }),
    execute: ({ operation, body }) => {
      if (!isOperation(operation))
        throw new AwsError('UnknownOperationException', `The stand-in knows no operation "${operation}".`);
      return { status: 200, body: JSON.stringify(run(state, operation, body)) };
    },
  });
  return {
    ...endpoint,
    metrics: state.metrics,
    alarms: state.alarms,
    onSetAlarmState: (listener) => {
      state.afterSetAlarmState = listener;
    },
  };
}

function run(state: CloudWatchState, operation: CloudWatchOperation, body: string): object {
  switch (operation) {
    case 'PutMetricData':
      return putMetricData(state, parseRequest('PutMetricData', body));
    case 'GetMetricData':
      return getMetricData(state, parseRequest('GetMetricData', body));
    case 'DescribeAlarms':
      return describeAlarms(state, parseRequest('DescribeAlarms', body));
    case 'SetAlarmState':
      return setAlarmState(state, parseRequest('SetAlarmState', body));
  }
}

function putMetricData({ metrics, clock }: CloudWatchState, request: RequestOf<'PutMetricData'>): object {
  for (const datum of request.MetricData) {
    const metric = {
      namespace: request.Namespace,
      name: datum.MetricName,
      dimensions: dimensionsOf(datum.Dimensions),
    };
    const { Timestamp: atMs = clock.now(), Value, Values = [], Counts, StatisticValues: set } = datum;
    if (Value !== undefined) metrics.addValue(metric, { value: Value, atMs });
    Values.forEach((value, index) => {
      metrics.addValue(metric, { value, count: Counts?.[index] ?? 1, atMs });
    });
    if (set !== undefined) {
      const { SampleCount: count, Sum: sum, Minimum: minimum, Maximum: maximum } = set;
      metrics.addSample(metric, { atMs, count, sum, minimum, maximum });
    }
  }
  return {};
}

/** The start is rounded down to a whole minute, and periods count from there. Source: the API's text on StartTime. */
function getMetricData({ metrics }: CloudWatchState, request: RequestOf<'GetMetricData'>): object {
  const { StartTime, EndTime: endMs, ScanBy = 'TimestampDescending' } = request;
  const startMs = Math.floor(StartTime / MINUTE_MS) * MINUTE_MS;
  if (StartTime >= endMs)
    throw validationError('The parameter StartTime must be less than the parameter EndTime.');

  const results = request.MetricDataQueries.map(({ Id, MetricStat, Label, ReturnData = true }) => {
    if (MetricStat === undefined)
      throw validationError(
        `MetricDataQueries "${Id}": the sandbox supports MetricStat only, no Expression.`,
      );
    const { Metric, Period, Stat } = MetricStat;
    const metric = {
      namespace: Metric.Namespace,
      name: Metric.MetricName,
      dimensions: dimensionsOf(Metric.Dimensions),
    };
    const window = { startMs, endMs, periodMs: Period * 1000 };
    const points = metrics.read(metric, window, statisticOf(Stat));
    if (ScanBy === 'TimestampDescending') points.reverse();
    return {
      ReturnData,
      Id,
      Label: Label ?? Metric.MetricName,
      StatusCode: 'Complete',
      Timestamps: points.map(({ atMs }) => atMs / 1000),
      Values: points.map(({ value }) => value),
    };
  });
  const returned = results
    .filter(({ ReturnData }) => ReturnData)
    .map(({ ReturnData: _, ...result }) => result);
  return { MetricDataResults: returned, Messages: [] };
}

function statisticOf(given: string): Statistic {
  const statistic = STATISTICS.find((each) => each === given);
  if (statistic !== undefined) return statistic;
  throw validationError(`Stat "${given}" is not supported. Supported: ${STATISTICS.join(', ')}.`);
}

/** Composite alarms are returned only on request. Source: the API's text on AlarmTypes. */
function describeAlarms({ alarms }: CloudWatchState, request: RequestOf<'DescribeAlarms'>): object {
  const { AlarmNames, AlarmNamePrefix: prefix = '', AlarmTypes = ['MetricAlarm'], StateValue } = request;
  const asked = alarms
    .all()
    .filter(({ name }) => (AlarmNames === undefined || AlarmNames.includes(name)) && name.startsWith(prefix))
    .filter(({ state }) => StateValue === undefined || state === StateValue)
    .filter(({ kind }) => AlarmTypes.includes(kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm'));
  const { page, next } = pageOf(
    asked,
    { MaxResults: request.MaxRecords ?? 50, NextToken: request.NextToken },
    'InvalidNextToken',
  );
  const ofKind = (kind: AlarmWithState['kind']) => page.filter((alarm) => alarm.kind === kind).map(describe);
  return { MetricAlarms: ofKind('metric'), CompositeAlarms: ofKind('composite'), NextToken: next };
}

function describe({ kind, rule, ...alarm }: AlarmWithState): object {
  return {
    AlarmName: alarm.name,
    AlarmArn: `arn:aws:cloudwatch:eu-west-1:000000000000:alarm:${alarm.name}`,
    AlarmDescription: alarm.description,
    ActionsEnabled: alarm.actionsEnabled,
    AlarmActions: alarm.actions,
    OKActions: alarm.actions,
    StateValue: alarm.state,
    StateReason: alarm.stateReason,
    StateUpdatedTimestamp: alarm.stateUpdatedAtMs / 1000,
    StateTransitionedTimestamp: alarm.stateUpdatedAtMs / 1000,
    ...(kind === 'composite' && { AlarmRule: rule }),
  };
}

/** The next evaluation corrects the state of a metric alarm. Source: the API's text on SetAlarmState. */
function setAlarmState(state: CloudWatchState, request: RequestOf<'SetAlarmState'>): object {
  const { AlarmName, StateValue, StateReason } = request;
  if (state.alarms.find(AlarmName) === undefined)
    throw new AwsError('ResourceNotFound', `The alarm ${AlarmName} does not exist.`);
  state.alarms.setState(AlarmName, StateValue, StateReason);
  state.afterSetAlarmState(AlarmName, StateValue);
  return {};
}
