import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand } from '@aws-sdk/client-kms';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { doorOf } from '../../lambdas/core/refresh/refresher-door.ts';
import type { SecretStore } from '../../sandbox/aws/secret-store.ts';
import type { CallPlan } from './call-plan.ts';
import type { Environment } from './environment.ts';
import type { EventQueue } from './event-queue.ts';
import type { SealedStore } from './sealed-store.ts';
import { sendCall } from './send-call.ts';
import { runSecretsOperation } from './simulated-aws.ts';
import type { SimulatedKms } from './simulated-kms.ts';
import type { Invocation, InvocationResult } from './simulated-lambda.ts';

export interface ConsumerAws {
  readonly queue: EventQueue;
  readonly secrets: SecretStore;
  /** @default no second store */
  readonly sealed?: SealedStore | undefined;
  readonly kms: SimulatedKms;
  readonly plan: (call: string, service: 'secretsmanager' | 'lambda') => CallPlan;
  readonly invoke: (invocation: Invocation) => void;
  readonly trace: (text: () => string) => void;
}

interface Command {
  readonly input: object;
  readonly middlewareStack: {
    resolve(send: () => Promise<object>, context: object): (args: object) => Promise<{ output: object }>;
  };
}

interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/** The AWS clients of one consumer, whose calls go to the simulated services. */
export function createConsumerClients(aws: ConsumerAws, environment: Environment) {
  const read = (command: object, options: SendOptions = {}) =>
    readToken(aws, environment, command as Command, options);
  const invokes = (command: object, options: SendOptions = {}) =>
    invoke(aws, environment, command as Command, options);
  return {
    secretsManager: { send: read },
    lambda: { send: invokes },
    dynamoDb: { send: read },
    kms: { send: read },
  };
}

/** A call for the token, wherever it is: what hits Secrets Manager hits the table and its key as well. */
async function readToken(
  aws: ConsumerAws,
  environment: Environment,
  command: Command,
  { abortSignal: signal }: SendOptions,
): Promise<object> {
  const { queue, plan } = aws;
  const { name, perform } = operationOf(aws, command);
  const call = environment.nameCall(name);
  const send = () =>
    sendCall<{ response: object; output: object }>(queue, environment, {
      plan: plan(call, 'secretsmanager'),
      signal,
      perform: () => ({
        response: { headers: { date: new Date(queue.now()).toUTCString() } },
        output: perform(),
      }),
      errorNamed,
    });
  // The SDK carries out the middleware of a command, with which the client reads the date of the response.
  const { output } = await command.middlewareStack.resolve(send, {})({ input: command.input });
  return output;
}

function operationOf(
  { secrets, sealed, kms }: ConsumerAws,
  command: Command,
): { readonly name: string; readonly perform: () => object } {
  if (command instanceof GetItemCommand) {
    const { input } = command;
    return { name: 'GetItem', perform: () => sealed?.tables.get(input.TableName ?? '')?.get(input) ?? {} };
  }
  if (command instanceof DecryptCommand) return kms.on(command);
  if (!(command instanceof GetSecretValueCommand)) throw unsupported(command);
  const { input } = command;
  const perform = () => {
    if (sealed?.isCopy(input.SecretId ?? '')) throw errorNamed('AccessDeniedException');
    return runSecretsOperation(secrets, 'GetSecretValue', input);
  };
  return { name: 'GetSecretValue', perform };
}

/** The plan says when the request arrives, and how long the answer takes after the refresher has given it. */
async function invoke(
  aws: ConsumerAws,
  environment: Environment,
  command: Command,
  { abortSignal: signal }: SendOptions,
): Promise<object> {
  if (!(command instanceof InvokeCommand)) throw unsupported(command);
  const { Payload, FunctionName = '', Qualifier } = command.input;
  const event: unknown = JSON.parse(Buffer.from((Payload ?? '') as Uint8Array).toString('utf8'));
  const door = doorOf(Qualifier === undefined ? FunctionName : `${FunctionName}:${Qualifier}`);
  const call = environment.nameCall('Invoke');
  const plan = aws.plan(call, 'lambda');
  const { done } = await sendCall<{ readonly done: Promise<InvocationResult> }>(aws.queue, environment, {
    plan: answeredOnArrival(plan),
    signal,
    perform: () => {
      aws.trace(() => `${call} arrives`);
      const start = (onResult: (result: InvocationResult) => void) =>
        aws.invoke({ event, door, caller: environment.id, onResult });
      return { done: new Promise(start) };
    },
    errorNamed,
  });
  const result = await unlessAborted(done, signal);
  return await sendCall<object>(aws.queue, environment, {
    plan: { effectMs: 0, answerMs: Math.max(1, (plan.answerMs ?? 0) - (plan.effectMs ?? 0)) },
    signal,
    perform: () => outputOf(result),
    errorNamed,
  });
}

function answeredOnArrival(plan: CallPlan): CallPlan {
  const isAnswered = plan.answerMs !== undefined && plan.error === undefined && !plan.answersSecond;
  return isAnswered ? { ...plan, answerMs: plan.effectMs } : plan;
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    promise.then(resolve, reject);
  });
}

function outputOf(result: InvocationResult): object {
  const isAnswer = result.kind === 'answer';
  const payload = isAnswer ? result.answer : { errorMessage: 'the function failed' };
  return {
    StatusCode: 200,
    ...(isAnswer ? {} : { FunctionError: 'Unhandled' }),
    Payload: new TextEncoder().encode(JSON.stringify(payload)),
  };
}

function errorNamed(name: string): Error {
  return Object.assign(new Error(`${name} of the simulation`), { name });
}

function unsupported(command: Command): Error {
  return new Error(`The simulated AWS of consumers does not support ${command.constructor.name}.`);
}
