import { z } from 'zod';
import {
  type AwsEndpoint,
  type Clock,
  startAwsEndpoint,
  type WireAnswer,
  type WireRequest,
} from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import { pageOf } from './listing.ts';

type SsmOperation = 'GetParametersByPath' | 'GetParameters' | 'GetParameter';

/** A running stand-in of SSM's parameter store. The subject of a call is a parameter's name, or a path. */
export interface SsmStandIn extends AwsEndpoint<SsmOperation, 'parameter'> {
  /** Adds a parameter of type String, or replaces its value. */
  put(name: string, value: string): void;
  delete(name: string): void;
}

interface StoredParameter {
  readonly Name: string;
  readonly Type: 'String';
  readonly Value: string;
  readonly Version: number;
  readonly LastModifiedDate: number;
  readonly ARN: string;
  readonly DataType: 'text';
}

const REGION = 'eu-west-1';
/** The maximum, and the default. Source: API reference of GetParametersByPath. */
const PAGE_LENGTH = 10;
const REGION_OF_SIGNATURE = /Credential=[^/,]+\/\d{8}\/([^/,]+)\//;

const byPathSchema = z.object({
  Path: z.string(),
  Recursive: z.boolean().optional(),
  MaxResults: z.number().int().min(1).max(PAGE_LENGTH).default(PAGE_LENGTH),
  NextToken: z.string().optional(),
});
const byNamesSchema = z.object({ Names: z.array(z.string()).min(1).max(PAGE_LENGTH) });
const byNameSchema = z.object({ Name: z.string().min(1) });

/**
 * Starts a stand-in of SSM on loopback: AWS JSON 1.1. Parameters are in region eu-west-1; requests that are signed for another
 * region find none.
 */
export async function startSsm({ clock }: { readonly clock: Clock }): Promise<SsmStandIn> {
  const parameters = new Map<string, StoredParameter>();
  const endpoint = await startAwsEndpoint<SsmOperation, 'parameter'>({
    name: 'ssm',
    clock,
    contentType: 'application/x-amz-json-1.1',
    describeCall: ({ operation, body }) => ({ operation, parameter: subjectIn(body) }),
    execute: (request) => execute(isSignedForHere(request) ? [...parameters.values()] : [], request),
  });

  return {
    ...endpoint,
    put: (name, value) => {
      parameters.set(name, {
        Name: name,
        Type: 'String',
        Value: value,
        Version: (parameters.get(name)?.Version ?? 0) + 1,
        LastModifiedDate: clock.now() / 1000,
        ARN: `arn:aws:ssm:${REGION}:000000000000:parameter${name}`,
        DataType: 'text',
      });
    },
    delete: (name) => {
      parameters.delete(name);
    },
  };
}

function execute(parameters: readonly StoredParameter[], { operation, body }: WireRequest): WireAnswer {
  switch (operation) {
    case 'GetParametersByPath':
      return json(getParametersByPath(parameters, read(byPathSchema, body)));
    case 'GetParameters':
      return json(getParameters(parameters, read(byNamesSchema, body)));
    case 'GetParameter':
      return json(getParameter(parameters, read(byNameSchema, body)));
    default:
      throw new AwsError('UnknownOperationException', `The stand-in knows no operation "${operation}".`);
  }
}

function getParametersByPath(
  parameters: readonly StoredParameter[],
  { Path: path, Recursive: isRecursive = false, ...paging }: z.infer<typeof byPathSchema>,
): object {
  if (!path.startsWith('/'))
    throw new AwsError('ValidationException', 'The parameter name must begin with a forward slash "/".');
  const prefix = path.endsWith('/') ? path : `${path}/`;
  const found = parameters.filter(
    ({ Name }) => Name.startsWith(prefix) && (isRecursive || !Name.slice(prefix.length).includes('/')),
  );
  const { page, next } = pageOf(found, paging, 'InvalidNextToken');
  return { Parameters: page, NextToken: next };
}

function getParameters(
  parameters: readonly StoredParameter[],
  { Names: names }: z.infer<typeof byNamesSchema>,
): object {
  return {
    Parameters: parameters.filter(({ Name }) => names.includes(Name)),
    InvalidParameters: names.filter((name) => parameters.every(({ Name }) => Name !== name)),
  };
}

function getParameter(
  parameters: readonly StoredParameter[],
  { Name: name }: z.infer<typeof byNameSchema>,
): object {
  const found = parameters.find((parameter) => parameter.Name === name);
  if (found === undefined) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
  return { Parameter: found };
}

function read<Schema extends z.ZodType>(schema: Schema, body: string): z.infer<Schema> {
  const parsed = schema.safeParse(parseJson(body));
  if (!parsed.success) throw new AwsError('ValidationException', z.prettifyError(parsed.error));
  return parsed.data;
}

function subjectIn(body: string): string | undefined {
  const { Path, Name } = (parseJson(body) ?? {}) as { Path?: unknown; Name?: unknown };
  const subject = Path ?? Name;
  return typeof subject === 'string' ? subject : undefined;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isSignedForHere({ headers }: WireRequest): boolean {
  const region = REGION_OF_SIGNATURE.exec(headers.authorization ?? '')?.[1];
  return region === undefined || region === REGION;
}

function json(body: object): WireAnswer {
  return { status: 200, body: JSON.stringify(body) };
}
