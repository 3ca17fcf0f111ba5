import { z } from 'zod';
import { AwsError } from './aws-error.ts';
import type { SecretValue } from './secret-record.ts';

const MAX_VALUE_BYTES = 65_536;

/** Names and ids may not hold anything else. Source: AWS's answer to other characters. */
const NAME_PATTERN = /^[A-Za-z0-9/_+=.@!-]+$/;
const ARN_PATTERN = /^arn:[A-Za-z0-9/_+=.@!:-]+$/;

const secretId = z.string().min(1).max(2048);
const token = z.string().optional();
const versionId = z.string().min(32).max(64);
const stage = z.string().min(1).max(256);
const maxResults = z.number().int().min(1).max(100).optional();
const nextToken = z.string().optional();
const tags = z.array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256).optional() }));
const valueFields = {
  SecretString: z.string().min(1).optional(),
  SecretBinary: z.string().min(1).optional(),
};

/** The requests, with the names and limits of the service model (secretsmanager, 2017-10-17). */
export const requestSchemas = {
  CreateSecret: z.object({
    Name: z.string().min(1).max(512),
    ClientRequestToken: token,
    Description: z.string().max(2048).optional(),
    KmsKeyId: z.string().max(2048).optional(),
    Tags: tags.optional(),
    ...valueFields,
  }),
  GetSecretValue: z.object({
    SecretId: secretId,
    VersionId: versionId.optional(),
    VersionStage: stage.optional(),
  }),
  PutSecretValue: z.object({
    SecretId: secretId,
    ClientRequestToken: token,
    VersionStages: z.array(stage).min(1).max(20).optional(),
    ...valueFields,
  }),
  UpdateSecret: z.object({
    SecretId: secretId,
    ClientRequestToken: token,
    Description: z.string().max(2048).optional(),
    KmsKeyId: z.string().max(2048).optional(),
    ...valueFields,
  }),
  UpdateSecretVersionStage: z.object({
    SecretId: secretId,
    VersionStage: stage,
    RemoveFromVersionId: versionId.optional(),
    MoveToVersionId: versionId.optional(),
  }),
  DescribeSecret: z.object({ SecretId: secretId }),
  GetResourcePolicy: z.object({ SecretId: secretId }),
  ListSecretVersionIds: z.object({
    SecretId: secretId,
    IncludeDeprecated: z.boolean().optional(),
    MaxResults: maxResults,
    NextToken: nextToken,
  }),
  ListSecrets: z.object({
    Filters: z
      .array(
        z.object({
          Key: z.enum([
            'description',
            'name',
            'tag-key',
            'tag-value',
            'primary-region',
            'owning-service',
            'all',
          ]),
          Values: z.array(z.string().max(512)).min(1).max(10),
        }),
      )
      .max(10)
      .optional(),
    IncludePlannedDeletion: z.boolean().optional(),
    MaxResults: maxResults,
    NextToken: nextToken,
  }),
  DeleteSecret: z.object({
    SecretId: secretId,
    RecoveryWindowInDays: z.number().int().optional(),
    ForceDeleteWithoutRecovery: z.boolean().optional(),
  }),
  RestoreSecret: z.object({ SecretId: secretId }),
  TagResource: z.object({ SecretId: secretId, Tags: tags }),
} as const;

/** The operations that the stand-in knows. */
export type SecretsManagerOperation = keyof typeof requestSchemas;

/** The request of an operation, once parsed. */
export type RequestOf<Operation extends SecretsManagerOperation> = z.infer<
  (typeof requestSchemas)[Operation]
>;

/**
 * Parses the body of a request.
 *
 * @throws {AwsError} SerializationException when it is no JSON or has a wrong type in it, ValidationException
 * when a field is missing or out of bounds.
 */
export function parseRequest<Operation extends SecretsManagerOperation>(
  operation: Operation,
  body: string,
): RequestOf<Operation> {
  const parsed = requestSchemas[operation].safeParse(parseJson(body));
  if (!parsed.success) throw refusalOf(parsed.error);
  const request = parsed.data as RequestOf<Operation>;
  checkName('Name' in request ? request.Name : 'SecretId' in request ? request.SecretId : undefined);
  return request;
}

/** JSON, or `SerializationException`. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON.');
  }
}

/** The value in a request: one of the two fields, of at most 65,536 bytes; undefined when there is neither. */
export function valueIn(request: { SecretString?: string | undefined; SecretBinary?: string | undefined }) {
  const { SecretString: text, SecretBinary: base64 } = request;
  if (text !== undefined && base64 !== undefined)
    throw new AwsError(
      'InvalidParameterException',
      "You can't specify both SecretString and SecretBinary in the same request.",
    );
  checkSize('secretString', text === undefined ? 0 : Buffer.byteLength(text, 'utf8'));
  checkSize('secretBinary', base64 === undefined ? 0 : Buffer.from(base64, 'base64').length);
  if (text !== undefined) return { kind: 'string', text } satisfies SecretValue;
  return base64 === undefined ? undefined : ({ kind: 'binary', base64 } satisfies SecretValue);
}

/** The id of the version to create. SDKs generate one; the service requires it. */
export function tokenIn(request: { ClientRequestToken?: string | undefined }): string {
  const given = request.ClientRequestToken;
  if (given === undefined)
    throw new AwsError(
      'InvalidRequestException',
      'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    );
  if (given.length < 32 || given.length > 64)
    throw new AwsError('InvalidParameterException', 'ClientRequestToken must be 32-64 characters long.');
  return given;
}

function checkName(name: string | undefined): void {
  if (name !== undefined && !NAME_PATTERN.test(name) && !ARN_PATTERN.test(name))
    throw new AwsError(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
}

function checkSize(field: string, bytes: number): void {
  if (bytes > MAX_VALUE_BYTES)
    throw validationError(field, `Member must have length less than or equal to ${MAX_VALUE_BYTES}`);
}

function refusalOf(error: z.ZodError): AwsError {
  const [issue] = error.issues;
  const field = issue?.path.join('.') ?? '';
  if (issue?.code !== 'invalid_type') return validationError(field, issue?.message ?? error.message);
  return issue.message.endsWith('received undefined')
    ? validationError(field, 'Member must not be null')
    : new AwsError('SerializationException', `${field}: ${issue.message}`);
}

/** The value itself is left out: it may be a secret. */
function validationError(field: string, constraint: string): AwsError {
  const member = field.charAt(0).toLowerCase() + field.slice(1);
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
