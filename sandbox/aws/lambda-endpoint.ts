import {
  type AwsEndpoint,
  type Clock,
  startAwsEndpoint,
  type WireAnswer,
  type WireRequest,
} from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import { REST_CONTENT_TYPE, restErrorAnswer, restRefusal } from './rest-protocol.ts';

/**
 * Handles an event. The result is the payload of the answer; an exception becomes a function error. The second argument is the
 * `invokedFunctionArn` of the handler's context: with the qualifier, if the caller gave one.
 */
type ServedFunction = (event: unknown, invokedFunctionArn: string) => unknown;

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
  /** The alias or version, if the caller gave one. */
  readonly qualifier: string | undefined;
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
  /** The aliases of each function, all of `$LATEST`. @default none */
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
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
      return { operation: route?.operation ?? '', function: route?.target.name };
    },
    execute: (request) => {
      const route = routeOf(request);
      if (route === undefined)
        throw new AwsError('UnknownOperationException', `${request.method} ${request.url.pathname}`);
      const { operation } = route;
      const target = qualify(route.target, request.url.searchParams.get('Qualifier'));
      requireQualifier(target, options.aliases ?? {});
      if (operation === 'Invoke') return invoke(options.functions, invocations, target, request);
      return describe(operation, target, configurations.get(target.name) ?? notFound(target));
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

function routeOf(request: WireRequest): { operation: LambdaOperation; target: FunctionTarget } | undefined {
  for (const { method, path, operation } of PATHS) {
    const target = request.method === method ? path.exec(request.url.pathname)?.[1] : undefined;
    if (target !== undefined) return { operation, target: parseTarget(decodeURIComponent(target)) };
  }
  return undefined;
}

async function invoke(
  functions: Readonly<Record<string, ServedFunction>>,
  invocations: Invocation[],
  target: FunctionTarget,
  { body, headers }: WireRequest,
): Promise<WireAnswer> {
  const { name: functionName, qualifier } = target;
  const served = Object.hasOwn(functions, functionName) ? functions[functionName] : undefined;
  const run = served ?? notFound(target);

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
  invocations.push({ functionName, qualifier, invocationType, event });
  if (invocationType === 'Event') {
    runFunction(run, event, target).catch(() => undefined);
    return { status: 202, body: '' };
  }
  return await runFunction(run, event, target);
}

async function runFunction(run: ServedFunction, event: unknown, target: FunctionTarget): Promise<WireAnswer> {
  const executed = { 'x-amz-executed-version': '$LATEST' };
  try {
    return {
      status: 200,
      headers: executed,
      body: JSON.stringify(await run(event, arnOf(target))) ?? 'null',
    };
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
  target: FunctionTarget,
  configuration: FunctionConfiguration,
): WireAnswer {
  const { timeoutSeconds, environment } = configuration;
  const answer =
    operation === 'GetFunctionConcurrency'
      ? { ReservedConcurrentExecutions: configuration.reservedConcurrency }
      : {
          FunctionName: target.name,
          FunctionArn: arnOf(target),
          Runtime: 'nodejs24.x',
          Timeout: timeoutSeconds,
          State: 'Active',
          LastUpdateStatus: 'Successful',
          Environment: { Variables: environment },
        };
  return { status: 200, body: JSON.stringify(answer) };
}

function notFound(target: FunctionTarget): never {
  throw new AwsError('ResourceNotFoundException', `Function not found: ${arnOf(target)}`);
}

/** What a caller invokes: a function, or one of its aliases. */
interface FunctionTarget {
  readonly name: string;
  readonly qualifier: string | undefined;
}

/**
 * A function may be named by its name, its ARN, or a part of it (`123456789012:function:name`). A qualifier may be appended to
 * each of them, or given as the parameter `Qualifier`. Source: API reference of Invoke.
 */
function parseTarget(target: string): FunctionTarget {
  const parts = target.split(':');
  const [name = target, qualifier] = parts.slice(parts.indexOf('function') + 1);
  return { name, qualifier };
}

function qualify(target: FunctionTarget, qualifier: string | null): FunctionTarget {
  if (qualifier === null || qualifier === target.qualifier) return target;
  if (target.qualifier === undefined) return { ...target, qualifier };
  throw new AwsError(
    'InvalidParameterValueException',
    'The derived qualifier from the function name does not match the specified qualifier.',
  );
}

/** Throws for an alias or a version that the function does not have. */
function requireQualifier(
  target: FunctionTarget,
  aliases: Readonly<Record<string, readonly string[]>>,
): void {
  const { name, qualifier = LATEST } = target;
  const ownAliases = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (qualifier !== LATEST && ownAliases?.includes(qualifier) !== true) notFound(target);
}

const LATEST = '$LATEST';

function arnOf({ name, qualifier }: FunctionTarget): string {
  const unqualified = `arn:aws:lambda:eu-west-1:000000000000:function:${name}`;
  return qualifier === undefined ? unqualified : `${unqualified}:${qualifier}`;
}
