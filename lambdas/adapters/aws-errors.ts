import { type Failure, type FailureCode, InfrastructureError } from '../core/failures.ts';

/** What was being done, in AWS's words, and to what: enough to find the missing permission. Never a value. */
export interface AwsCall {
  /** IAM action, e.g. `secretsmanager:GetSecretValue`. */
  readonly action: string;
  /** Name of the secret or table. */
  readonly resource: string;
}

/**
 * A vendor error as a domain error with a stable code. AWS's own text is not quoted: it may repeat what was sent.
 * Errors that are already translated pass through.
 */
export function translateAwsError(error: unknown, call: AwsCall): InfrastructureError {
  if (error instanceof InfrastructureError) return error;
  return new InfrastructureError(failureOf(error, call), {
    cause: withoutText(error),
    call: { ...call, errorName: nameOf(error) },
  });
}

/**
 * What may be kept of AWS's error: its name, and the number by which AWS finds the request. Whoever prints an error prints
 * its causes, and AWS's text, the fields and the answer that hang on its error may repeat what was sent.
 */
function withoutText(error: unknown): Error {
  const { $metadata } = (error ?? {}) as { $metadata?: { requestId?: unknown } };
  const requestId = $metadata?.requestId;
  return Object.assign(new Error("AWS's own text is left out: it may repeat what was sent."), {
    name: nameOf(error),
    ...(typeof requestId === 'string' && /^[\w-]{1,64}$/.test(requestId) ? { requestId } : {}),
  });
}

/** A name may come off the wire like the text: what does not look like one is not shown. */
function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  return /^[A-Za-z]\w{0,63}$/.test(name) ? name : 'an error without a name';
}

/** Runs a call of AWS, translating whatever it throws. */
export async function callAws<T>(call: AwsCall, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw translateAwsError(error, call);
  }
}

export function hasName(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function failureOf(error: unknown, { action, resource }: AwsCall): Failure {
  const name = nameOf(error);
  const code = codeOf(error, name);
  return { code, message: `${action} on ${resource} failed (${name}). ${ADVICE[code]}` };
}

type AwsFailureCode = Extract<FailureCode, `aws_${string}` | `secret_${string}`>;

/** CloudFormation, CloudWatch, IAM, Lambda and SQS have words of their own. Source: their API references, "Common errors". */
const CODES: Readonly<Record<string, AwsFailureCode>> = {
  AccessDeniedException: 'aws_access_denied',
  AccessDenied: 'aws_access_denied',
  DecryptionFailure: 'aws_kms_denied',
  EncryptionFailure: 'aws_kms_denied',
  ThrottlingException: 'aws_throttled',
  Throttling: 'aws_throttled',
  TooManyRequestsException: 'aws_throttled',
  ProvisionedThroughputExceededException: 'aws_throttled',
  RequestLimitExceeded: 'aws_throttled',
  LimitExceededException: 'aws_throttled',
  ResourceNotFoundException: 'aws_not_found',
};

function codeOf(error: unknown, name: string): AwsFailureCode {
  const text = error instanceof Error ? error.message : '';
  if (name === 'AccessDeniedException' && /\bKMS\b/i.test(text)) return 'aws_kms_denied';
  if (name === 'InvalidRequestException' && /deletion|deleted/i.test(text)) return 'secret_being_deleted';
  return (Object.hasOwn(CODES, name) ? CODES[name] : undefined) ?? 'aws_unavailable';
}

const ADVICE: Readonly<Record<AwsFailureCode, string>> = {
  aws_access_denied: "Check the refresher's role, the resource's policy and the organization's policies.",
  aws_kms_denied: 'Secrets Manager may not use the KMS key: check that the key is enabled and its policy.',
  aws_throttled: 'Tried again soon.',
  aws_unavailable: 'Tried again soon.',
  aws_not_found: 'It does not exist: deploy the stack, or connect the connection again.',
  secret_being_deleted:
    'It is scheduled for deletion: restore it (secretsmanager restore-secret) or disconnect the connection.',
};
