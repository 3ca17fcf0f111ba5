import {
  type AwsEndpoint,
  type Clock,
  startAwsEndpoint,
  type WireAnswer,
  type WireRequest,
} from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import { REST_CONTENT_TYPE, restErrorAnswer } from './rest-protocol.ts';

/** A schedule, as far as GetSchedule returns it. */
interface DeployedSchedule {
  readonly name: string;
  /** e.g. `rate(1 minute)`. */
  readonly expression: string;
  /** @default 'ENABLED' */
  readonly state?: 'ENABLED' | 'DISABLED';
}

/** A running stand-in of EventBridge Scheduler. Invokes nothing. */
export interface SchedulerStandIn extends AwsEndpoint<'GetSchedule', 'schedule'> {
  /** Adds a schedule or replaces the one of that name. */
  deploy(schedule: DeployedSchedule): void;
  find(name: string): Required<DeployedSchedule> | undefined;
}

const SCHEDULE_PATH = /^\/schedules\/([^/]+)$/;

/** Starts a stand-in of EventBridge Scheduler on loopback with one operation, GetSchedule: REST JSON. */
export async function startScheduler({ clock }: { readonly clock: Clock }): Promise<SchedulerStandIn> {
  const schedules = new Map<string, Required<DeployedSchedule>>();
  const endpoint = await startAwsEndpoint<'GetSchedule', 'schedule'>({
    name: 'scheduler',
    clock,
    contentType: REST_CONTENT_TYPE,
    encodeError: restErrorAnswer,
    describeCall: (request) => {
      const schedule = scheduleIn(request);
      return { operation: schedule === undefined ? '' : 'GetSchedule', schedule };
    },
    execute: (request) => getSchedule(schedules, request),
  });

  return {
    ...endpoint,
    deploy: (schedule) => {
      schedules.set(schedule.name, { state: 'ENABLED', ...schedule });
    },
    find: (name) => schedules.get(name),
  };
}

function getSchedule(
  schedules: ReadonlyMap<string, Required<DeployedSchedule>>,
  request: WireRequest,
): WireAnswer {
  const name = scheduleIn(request);
  if (name === undefined)
    throw new AwsError('UnknownOperationException', `${request.method} ${request.url.pathname}`);

  const groupName = request.url.searchParams.get('groupName') ?? 'default';
  const schedule = schedules.get(name);
  if (schedule === undefined || groupName !== 'default')
    throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`);

  const { expression, state } = schedule;
  const body = {
    Arn: `arn:aws:scheduler:eu-west-1:000000000000:schedule/${groupName}/${name}`,
    Name: name,
    GroupName: groupName,
    ScheduleExpression: expression,
    State: state,
  };
  return { status: 200, body: JSON.stringify(body) };
}

function scheduleIn({ method, url }: WireRequest): string | undefined {
  const name = method === 'GET' ? SCHEDULE_PATH.exec(url.pathname)?.[1] : undefined;
  return name === undefined ? undefined : decodeURIComponent(name);
}
