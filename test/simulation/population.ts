import type { SecretStore } from '../../sandbox/aws/secret-store.ts';
import type { Choices } from './choices.ts';
import { Consumers } from './consumers.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultPlan } from './fault-plan.ts';
import { startHostileCaller } from './hostile-callers.ts';
import type { PromiseCheck } from './promises/promise.ts';
import type { SealedStore } from './sealed-store.ts';
import { SimulatedApi } from './simulated-api.ts';
import type { SimulatedKms } from './simulated-kms.ts';
import type { SimulatedLambda } from './simulated-lambda.ts';
import type { SimulatedZoho } from './simulated-zoho.ts';
import { planTokenDeaths } from './token-deaths.ts';
import type { WorldConnection } from './world-connection.ts';
import type { WorldKind } from './world-kind.ts';

export interface PopulationOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly kind: WorldKind;
  readonly faults: FaultPlan;
  readonly secrets: SecretStore;
  readonly sealed: SealedStore | undefined;
  readonly kms: SimulatedKms;
  readonly zoho: SimulatedZoho;
  readonly lambda: SimulatedLambda;
  readonly connections: readonly WorldConnection[];
  /** From then on no one does harm. */
  readonly untilMs: number;
  readonly onDelivered: () => void;
  readonly onTokenInvalidated: (connection: WorldConnection) => void;
  readonly each: (report: (check: PromiseCheck) => void) => void;
  readonly trace: (text: () => string) => void;
}

/** Starts what the connections of a world are for and what befalls them: consumers, hostile callers, tokens that die. */
export function startPopulation(options: PopulationOptions): void {
  const { zoho, secrets, sealed, kms, lambda, onTokenInvalidated } = options;
  const textOf = ({ tokenSecret }: WorldConnection) => secrets.currentText(tokenSecret) ?? '';
  createConsumers(options).begin();
  startHostileCaller({
    ...options,
    generationOf: (connection) => Number(/"generation":(\d+)/.exec(textOf(connection))?.[1] ?? 0),
  });
  const tokenOf = (connection: WorldConnection) =>
    /"access_token":"([^"]*)"/.exec(textOf(connection))?.[1] ?? '';
  planTokenDeaths({
    ...options,
    kill: (connection) => {
      zoho.kill(tokenOf(connection));
      onTokenInvalidated(connection);
    },
    mintElsewhere: (connection) => {
      const wasValid = zoho.isValid(tokenOf(connection));
      connection.mintElsewhere();
      if (wasValid && !zoho.isValid(tokenOf(connection))) onTokenInvalidated(connection);
    },
  });

  function createConsumers({ queue, faults, each, trace }: PopulationOptions): Consumers {
    return new Consumers({
      ...options,
      startMs: queue.now(),
      aws: { queue, secrets, sealed, kms, invoke: (invocation) => lambda.invoke(invocation), trace },
      plan: (call, service) => faults.planConsumer(call, service),
      api: new SimulatedApi({
        queue,
        plan: (call) => faults.planConsumer(call, 'api'),
        isValid: (token) => zoho.isValid(token),
        onRequest: (request) => each((check) => check.onApiRequest?.(request)),
        onAnswered: (request, answer) => each((check) => check.onApiAnswered?.(request, answer)),
        trace,
      }),
      onCalled: (call) => each((check) => check.onConsumerCalled?.(call)),
      onReturned: (call, result) => each((check) => check.onConsumerReturned?.(call, result)),
    });
  }
}
