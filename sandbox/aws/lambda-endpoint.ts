import {
  type AwsEndpoint,
  type Clock,
  startAwsEndpoint,
  type WireAnswer,
  type WireRequest,
} from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import { REST_CONTENT_TYPE, restErrorAnswer, restRefusal } from './rest-protocol.ts';

/** Handles an event. The result is the payload of the answer; an exception becomes a function error. */
type ServedFunction = (event: unknown) => unknown;

/** The configuration of a function, as far as Lambda returns it. */
interface FunctionConfiguration {
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  /** @default none */
  readonly reservedConcurrency?: number;
}

/** A request to invoke a function, with any result. */
interface Invocation {
  /** The name, even if the caller gave an ARN or a qualifier. */
  readonly functionName: string;
  readonly invocationType: 'RequestResponse' | 'Event';
  readonly event: unknown;
}

/** The operations that the stand-in knows. */
type LambdaOperation = 'Invoke' | 'GetFunctionConfiguration' | 'GetFunctionConcurrency';

/** A running endpoint. */
export interface LambdaEndpoint extends AwsEndpoint<LambdaOperation, 'function'> {
  /** Every invocation of a known function, oldest first. */
  readonly invocations: readonly Invocation[];
  /** Sets the configuration of a function. Functions without one can only be invoked. */
  configure(functionName: string, configuration: FunctionConfiguration): void;
}

/** How to start the endpoint. */
export interface LambdaOptions {
  readonly functions: Readonly<Record<string, ServedFunction>>;
  /** The clock of the call log. @default the system's */
  readonly clock?: Clock;
}

/** Thrown by a served function to simulate a refusal by Lambda itself, without a run of the function. */
export class LambdaServiceError extends Error {
  override readonly name = 'LambdaServiceError';
  readonly status: number;
  /** The name of the SDK's exception, e.g. `AccessDeniedException` (403) or `TooManyRequestsException` (429). */
  readonly code: string;

  constructor(status: number, code: string, message = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Serves functions on loopback with Lambda's API: Invoke, GetFunctionConfiguration and GetFunctionConcurrency. */
export async function startLambdaEndpoint(options: LambdaOptions): Promise<LambdaEndpoint> {
  const invocations: Invocation[] = [];
  const configurations = new Map<string, FunctionConfiguration>();
  const endpoint = await startAwsEndpoint<LambdaOperation, 'function'>({
    name: 'lambda',
    clock: options.clock ?? { now: () => Date.now() },
    contentType: REST_CONTENT_TYPE,
    encodeError: restErrorAnswer,
    describeCall: (request) => {
      const route = routeOf(request);
      return { operation: route?.operation ?? '', function: route?.functionName };
    },
    execute: (request) => {
      const route = routeOf(request);
      if (route === undefined)
        throw new AwsError('UnknownOperationException', `${request.method} ${request.url.pathname}`);
      const { operation, functionName } = route;
      if (operation === 'Invoke') return invoke(options.functions, invocations, functionName, request);
      return describe(operation, functionName, configurations.get(functionName) ?? notFound(functionName));
    },
  });

  return {
    ...endpoint,
    invocations,
    configure: (functionName, configuration) => {
      configurations.set(functionName, configuration);
    },
  };
}

const PATHS: readonly { method: string; path: RegExp; operation: LambdaOperation }[] = [
  { method: 'POST', path: /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, operation: 'Invoke' },
  {
    method: 'GET',
    path: /^\/2015-03-31\/functions\/([^/]+)\/configuration$/,
    operation: 'GetFunctionConfiguration',
  },
  {
    method: 'GET',
    path: /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/,
    operation: 'GetFunctionConcurrency',
  },
];

function routeOf(request: WireRequest): { operation: LambdaOperation; functionName: string } | undefined {
  for (const { method, path, operation } of PATHS) {
    const target = request.method === method ? path.exec(request.url.pathname)?.[1] : undefined;
    if (target !== undefined) return { operation, functionName: nameOf(decodeURIComponent(target)) };
  }
  return undefined;
}

async function invoke(
  functions: Readonly<Record<string, ServedFunction>>,
  invocations: Invocation[],
  functionName: string,
  { body, headers }: WireRequest,
): Promise<WireAnswer> {
  const served = Object.hasOwn(functions, functionName) ? functions[functionName] : undefined;
  const run = served ?? notFound(functionName);

  let event: unknown;
  try {
    event = body === '' ? {} : JSON.parse(body);
  } catch {
    throw new AwsError(
      'InvalidRequestContentException',
      'Could not parse request body into json: Could not parse payload into json',
    );
  }

  const invocationType = headers['x-amz-invocation-type'] === 'Event' ? 'Event' : 'RequestResponse';
  invocations.push({ functionName, invocationType, event });
  if (invocationType === 'Event') {
    runFunction(run, event).catch(() => undefined);
    return { status: 202, body: '' };
  }
  return await runFunction(run, event);
}

async function runFunction(run: ServedFunction, event: unknown): Promise<WireAnswer> {
  const executed = { 'x-amz-executed-version': '$LATEST' };
  try {
    return { status: 200, headers: executed, body: JSON.stringify(await run(event)) ?? 'null' };
  } catch (error) {
    if (error instanceof LambdaServiceError) return restRefusal(error.status, error.code, error.message);
    const [errorType, errorMessage] =
      error instanceof Error ? [error.name, error.message] : ['Error', `${error}`];
    return {
      status: 200,
      headers: { ...executed, 'x-amz-function-error': 'Unhandled' },
      body: JSON.stringify({ errorType, errorMessage, trace: [] }),
    };
  }
}

function describe(
  operation: Exclude<LambdaOperation, 'Invoke'>,
  functionName: string,
  configuration: FunctionConfiguration,
): WireAnswer {
  const { timeoutSeconds, environment } = configuration;
  const answer =
    operation === 'GetFunctionConcurrency'
      ? { ReservedConcurrentExecutions: configuration.reservedConcurrency }
      : {
          FunctionName: functionName,
          FunctionArn: arnOf(functionName),
          Runtime: 'nodejs24.x',
          Timeout: timeoutSeconds,
          State: 'Active',
          LastUpdateStatus: 'Successful',
          Environment: { Variables: environment },
        };
  return { status: 200, body: JSON.stringify(answer) };
}

function notFound(functionName: string): never {
  throw new AwsError('ResourceNotFoundException', `Function not found: ${arnOf(functionName)}`);
}

/** A function may be named by its name, its ARN, or a part of it (`123456789012:function:name`), with a qualifier or not. */
function nameOf(target: string): string {
  const parts = target.split(':');
  const markerAt = parts.indexOf('function');
  return parts[markerAt + 1] ?? target;
}

function arnOf(functionName: string): string {
  return `arn:aws:lambda:eu-west-1:000000000000:function:${functionName}`;
}
