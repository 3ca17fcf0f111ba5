import type { Logger } from '@aws-lambda-powertools/logger';
import type { RefresherEvent } from '../../lambdas/core/refresh/refresher-events.ts';
import { composeDependencies } from '../../lambdas/refresher/compose-refresher.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { createHandler, type RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { Choices } from './choices.ts';
import { Environment, type Task } from './environment.ts';
import type { EventQueue } from './event-queue.ts';
import { createSimulatedClients, type SimulatedAws } from './simulated-aws.ts';
import type { SimulatedZoho } from './simulated-zoho.ts';

export interface PlatformOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly aws: SimulatedAws;
  readonly zoho: SimulatedZoho;
  readonly logger: Logger;
  readonly config: RefresherConfig;
  /** A process did something with what reached it: whatever follows from that has to run. */
  readonly onDelivered: () => void;
  /** What leaves a process: log lines, metrics, answers, errors. */
  readonly onOutput: (output: unknown) => void;
  readonly disturb: (untilMs: number) => void;
  readonly tell: (text: () => string) => void;
}

interface Running {
  readonly environment: Environment;
  readonly handler: RefresherHandler;
  readonly config: RefresherConfig;
  isBusy: boolean;
}

/** Clocks of AWS's machines are off by at most this much here. */
const MAX_SKEW_MS = 5_000;

/** Lambda: starts environments as they are needed, ends invocations that take too long, and follows deployments. */
export class Platform {
  readonly #options: PlatformOptions;
  #config: RefresherConfig;
  #running: Running[] = [];
  #started = 0;

  constructor(options: PlatformOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  get config(): RefresherConfig {
    return this.#config;
  }

  /** From now on new environments have this configuration; those at work finish with the one that they have. */
  deploy(config: RefresherConfig): void {
    this.#config = config;
    this.#running = this.#running.filter(({ isBusy }) => isBusy);
  }

  invoke(event: RefresherEvent): void {
    this.#running = this.#running.filter(({ environment }) => !environment.isDead);
    const free = this.#running.find(({ isBusy, config }) => !isBusy && config === this.#config);
    const running = free ?? this.#start();
    const name = `${running.environment.id} invocation`;
    running.isBusy = true;
    running.environment.beginInvocation(taskOf(event));
    const startMs = free === undefined ? this.#options.choices.between(`${name} start`, 100, 900) : 5;
    running.environment.deliverAfter(startMs, () => this.#run(running, event));
  }

  #run(running: Running, event: RefresherEvent): void {
    const { queue, onOutput, tell } = this.#options;
    const { environment, handler, config } = running;
    const deadlineMs = queue.now() + config.functionTimeoutSeconds * 1000;
    let isOver = false;
    const end = () => {
      isOver = true;
      running.isBusy = false;
    };
    queue.at(deadlineMs, () => {
      if (!isOver && !environment.isDead) this.#timeOut(environment);
    });
    tell(() => `${environment.id} ${JSON.stringify(event)}`);
    const context = { ...lambdaContext(), getRemainingTimeInMillis: () => deadlineMs - queue.now() };
    handler(event, context).then(
      (answer) => {
        end();
        tell(() => `${environment.id} answers ${JSON.stringify(answer)}`);
        onOutput(answer);
      },
      (error: unknown) => {
        end();
        tell(() => `${environment.id} fails: ${String(error)}`);
        onOutput(error);
      },
    );
  }

  /** A process that is stopped is not always ended: it may come back long after its time, and must do no harm then. */
  #timeOut(environment: Environment): void {
    const { choices, tell, disturb, queue } = this.#options;
    const survives = environment.isPaused && choices.happens(`${environment.id} survives its time-out`, 0.5);
    tell(
      () =>
        `${environment.id} ${survives ? 'should have been ended, and is not' : 'is ended by its time-out'}`,
    );
    disturb(queue.now());
    if (!survives) environment.kill();
  }

  #start(): Running {
    const { queue, choices, aws, zoho, logger, onDelivered, onOutput } = this.#options;
    const id = `P${this.#started++}`;
    const skewMs = choices.between(`${id} skew`, -MAX_SKEW_MS, MAX_SKEW_MS);
    const environment = new Environment(id, { queue, skewMs, onDelivered });
    const config = this.#config;
    let leases = 0;
    const dependencies = composeDependencies({
      config,
      clock: environment,
      random: choices.stream(`${id} jitter`),
      newLeaseOwner: () => `${id}-${leases++}`,
      aws: createSimulatedClients(aws, environment),
      fetch: zoho.fetchFor(environment),
      logger,
      writeMetricLine: () => {},
    });
    const log = (message: string, fields?: object) => {
      this.#options.tell(() => `${id} logs "${message}" ${JSON.stringify(fields ?? {})}`);
      onOutput({ message, ...fields });
    };
    const handler = createHandler({
      dependencies: {
        ...dependencies,
        metrics: { record: (values, connection) => onOutput({ values, connection }) },
        log: { info: log, warn: log, error: log },
      },
      config,
      logger,
      pace: () => Promise.resolve(),
    });
    this.#options.tell(() => `${id} starts, its clock ${skewMs} ms ahead`);
    const running = { environment, handler, config, isBusy: false };
    this.#running.push(running);
    return running;
  }
}

function taskOf(event: RefresherEvent): Task {
  return event.action === 'refresh'
    ? { kind: 'forced', rejectedGeneration: event.rejectedGeneration }
    : { kind: 'scheduled' };
}
