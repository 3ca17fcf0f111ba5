import type { Logger } from '@aws-lambda-powertools/logger';
import type { RefresherDoor } from '../../lambdas/core/refresh/refresher-door.ts';
import { composeDependencies } from '../../lambdas/refresher/compose-refresher.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { createHandler, type RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import { NO_PACES } from '../support/no-paces.ts';
import type { Choices } from './choices.ts';
import { Environment, type Task } from './environment.ts';
import type { EventQueue } from './event-queue.ts';
import { createSimulatedClients, type SimulatedAws } from './simulated-aws.ts';
import type { SimulatedZoho } from './simulated-zoho.ts';

export interface SimulatedLambdaOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly aws: SimulatedAws;
  readonly zoho: SimulatedZoho;
  readonly logger: Logger;
  readonly config: RefresherConfig;
  /** How likely the clock of a machine is wrong. */
  readonly wrongClockRate: number;
  /** Something was delivered to a process, which has to run to its next wait. */
  readonly onDelivered: () => void;
  readonly onInvoked: (invocation: Invocation) => void;
  /** `tookMs` does not count pauses of the process. */
  readonly onReturned: (invocation: Invocation, result: InvocationResult, tookMs: number) => void;
  /** Called with what leaves a process: log lines, metrics, answers, errors. */
  readonly onOutput: (output: unknown) => void;
  readonly disturb: (untilMs: number) => void;
  readonly trace: (text: () => string) => void;
}

/** One invocation of the refresher, which the event may be wrong for. */
export interface Invocation {
  readonly event: unknown;
  /** The alias that was invoked; undefined for none. */
  readonly door?: RefresherDoor | undefined;
  /** Who invokes it: the id of a consumer's process, or a name. */
  readonly caller: string;
  /** Receives what Lambda returns to a caller that waits. */
  readonly onResult?: (result: InvocationResult) => void;
}

export type InvocationResult =
  | { readonly kind: 'answer'; readonly answer: unknown }
  /** The handler threw, the invocation timed out, or its process died. */
  | { readonly kind: 'function-error' };

interface Running {
  readonly environment: Environment;
  readonly handler: RefresherHandler;
  readonly config: RefresherConfig;
  isBusy: boolean;
}

const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:000000000000:function:refresher';

/** The ARN of the refresher, or of one of its aliases. */
export function refresherArn(door?: RefresherDoor): string {
  return door === undefined ? FUNCTION_ARN : `${FUNCTION_ARN}:${door}`;
}

/** How far the clock of a machine can be off. */
const MAX_SKEW_MS = 5_000;

/** By how many minutes a clock can be wrong. */
const WRONG_CLOCKS = [2, -2, 6, -6, 60, -60, 1_440, -1_440] as const;

/** Hostile events can be long. */
const MAX_TRACED = 200;

/** Lambda: starts environments as needed, ends invocations at their timeout, and applies deployments. */
export class SimulatedLambda {
  readonly #options: SimulatedLambdaOptions;
  #config: RefresherConfig;
  #running: Running[] = [];
  #started = 0;

  constructor(options: SimulatedLambdaOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  get config(): RefresherConfig {
    return this.#config;
  }

  /** New environments get this configuration. Busy ones finish with their own. */
  deploy(config: RefresherConfig): void {
    this.#config = config;
    this.#running = this.#running.filter(({ isBusy }) => isBusy);
  }

  invoke(invocation: Invocation): void {
    const { event, door, onResult = () => {} } = invocation;
    this.#running = this.#running.filter(({ environment }) => !environment.isDead);
    const free = this.#running.find(({ isBusy, config }) => !isBusy && config === this.#config);
    const running = free ?? this.#start();
    const name = `${running.environment.id} invocation`;
    running.isBusy = true;
    running.environment.beginInvocation(taskOf(event, door));
    const startMs = free === undefined ? this.#options.choices.between(`${name} start`, 100, 900) : 5;
    const startedAwakeMs = running.environment.awakeMs();
    const settle = once((result: InvocationResult) => {
      forget();
      this.#options.onReturned(invocation, result, running.environment.awakeMs() - startedAwakeMs);
      onResult(result);
    });
    this.#options.onInvoked(invocation);
    const forget = running.environment.onEnd(() => settle({ kind: 'function-error' }));
    running.environment.deliverAfter(startMs, () => this.#run(running, { ...invocation, onResult: settle }));
  }

  #run(running: Running, { event, door, onResult = () => {} }: Invocation): void {
    const { queue, onOutput, trace } = this.#options;
    const { environment, handler, config } = running;
    const deadlineMs = queue.now() + config.functionTimeoutSeconds * 1000;
    const ownDeadlineMs = environment.now() + config.functionTimeoutSeconds * 1000;
    let isOver = false;
    const end = (result: InvocationResult) => {
      isOver = true;
      running.isBusy = false;
      onResult(result);
    };
    queue.at(deadlineMs, () => {
      if (isOver || environment.isDead) return;
      onResult({ kind: 'function-error' });
      this.#timeOut(environment);
    });
    trace(() => `${environment.id} ${door ?? 'no door'} ${JSON.stringify(event)?.slice(0, MAX_TRACED)}`);
    const context = {
      ...lambdaContext(),
      invokedFunctionArn: refresherArn(door),
      // As Lambda's runtime does, by the clock of the machine.
      getRemainingTimeInMillis: () => ownDeadlineMs - environment.now(),
    };
    handler(event, context).then(
      (answer) => {
        trace(() => `${environment.id} answers ${JSON.stringify(answer)}`);
        onOutput(answer);
        end({ kind: 'answer', answer });
      },
      (error: unknown) => {
        trace(() => `${environment.id} fails: ${String(error)}`);
        onOutput(error);
        end({ kind: 'function-error' });
      },
    );
  }

  /** A paused process may survive its timeout. It must do no harm when it resumes. */
  #timeOut(environment: Environment): void {
    const { choices, trace, disturb, queue } = this.#options;
    const survives = environment.isPaused && choices.happens(`${environment.id} survives its time-out`, 0.5);
    trace(() => `${environment.id} ${survives ? 'survives its timeout' : 'is ended by its timeout'}`);
    disturb(queue.now());
    if (!survives) environment.kill();
  }

  /** The clock of some machines is wrong from the start, or jumps once or twice. */
  #planWrongClock(environment: Environment): void {
    const { queue, choices, trace, wrongClockRate } = this.#options;
    const name = `${environment.id} wrong clock`;
    if (!choices.happens(name, wrongClockRate)) return;
    const minutes = choices.pick(`${name} minutes`, WRONG_CLOCKS);
    const jump = (ms: number) => {
      trace(() => `the clock of ${environment.id} is set by ${ms / 60_000} minutes`);
      environment.jumpClock(ms);
    };
    const isConstant = choices.draw(`${name} is constant`) < 0.5;
    const jumpsAfterMs = isConstant ? 0 : choices.between(`${name} jumps after`, 0, 600_000);
    queue.after(jumpsAfterMs, () => jump(minutes * 60_000));
    if (!isConstant && choices.draw(`${name} is corrected`) < 0.5)
      queue.after(jumpsAfterMs + choices.between(`${name} corrected after`, 100, 600_000), () =>
        jump(-minutes * 60_000),
      );
  }

  #start(): Running {
    const { queue, choices, aws, zoho, logger, onDelivered, onOutput } = this.#options;
    const id = `P${this.#started++}`;
    const skewMs = choices.between(`${id} skew`, -MAX_SKEW_MS, MAX_SKEW_MS);
    const environment = new Environment(id, { queue, skewMs, onDelivered });
    this.#planWrongClock(environment);
    const config = this.#config;
    let leases = 0;
    const dependencies = composeDependencies({
      config,
      clock: {
        now: () => environment.now(),
        monotonic: () => queue.now(),
        abortAfter: (ms) => environment.abortAfter(ms),
      },
      random: choices.stream(`${id} jitter`),
      newLeaseOwner: () => `${id}-${leases++}`,
      aws: createSimulatedClients(aws, environment),
      fetch: zoho.fetchFor(environment),
      logger,
      writeMetricLine: () => {},
    });
    const log = (message: string, fields?: object) => {
      this.#options.trace(() => `${id} logs "${message}" ${JSON.stringify(fields ?? {})}`);
      onOutput({ message, ...fields });
    };
    const handler = createHandler({
      dependencies: {
        ...dependencies,
        metrics: {
          record: (values, connection) => onOutput({ values, connection }),
          recordShard: (values, shard) => onOutput({ values, shard }),
        },
        log: { info: log, warn: log, error: log },
      },
      config,
      logger,
      paces: NO_PACES,
    });
    this.#options.trace(() => `${id} starts, its clock ${skewMs} ms ahead`);
    const running = { environment, handler, config, isBusy: false };
    this.#running.push(running);
    return running;
  }
}

/** Why it was invoked, by the rights of the door and not by what the event says. */
function taskOf(event: unknown, door: RefresherDoor | undefined): Task {
  const { action, rejectedGeneration, reason } = (event ?? {}) as Record<string, unknown>;
  if (action === 'refresh-due' && (door === 'schedule' || door === undefined)) return { kind: 'scheduled' };
  return {
    kind: 'forced',
    reason: door === 'operators' && reason === 'operator' ? 'operator' : 'unauthorized',
    rejectedGeneration: typeof rejectedGeneration === 'number' ? rejectedGeneration : undefined,
  };
}

function once<T>(run: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (!isDone) run(value);
    isDone = true;
  };
}
