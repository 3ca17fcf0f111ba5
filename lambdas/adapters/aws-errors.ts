import { type Failure, type FailureCode, InfrastructureError, RETRIED } from '../core/failures.ts';
import { networkCodeOf } from './network-code.ts';

/** The AWS action and its resource: enough to find a missing permission. Never a value. */
export interface AwsCall {
  /** IAM action, e.g. `secretsmanager:GetSecretValue`. */
  readonly action: string;
  /** Name of the secret or table. */
  readonly resource: string;
}

/**
 * Translates a vendor error to a domain error with a stable code. AWS's own text is not quoted: it may repeat what was
 * sent. Errors that are already translated are returned unchanged.
 */
export function translateAwsError(error: unknown, call: AwsCall): InfrastructureError {
  if (error instanceof InfrastructureError) return error;
  return new InfrastructureError(failureOf(error, call), {
    cause: withoutText(error),
    call: { ...call, errorName: nameOf(error) },
  });
}

/**
 * What is kept of AWS's error: its name and request ID. Printing an error prints its causes, and the text, fields and
 * response of AWS's error may repeat what was sent.
 */
function withoutText(error: unknown): Error {
  const { $metadata } = (error ?? {}) as { $metadata?: { requestId?: unknown } };
  const requestId = $metadata?.requestId;
  return Object.assign(new Error("AWS's error text is omitted: it may repeat what was sent."), {
    name: nameOf(error),
    ...(typeof requestId === 'string' && /^[\w-]{1,64}$/.test(requestId) ? { requestId } : {}),
  });
}

/**
 * The code of an error of Node.js (`ECONNREFUSED`), whose name says nothing, or else the name. Both may come from the response as
 * well: text that does not look like a name is not shown.
 */
function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  const code = NAMES_WITHOUT_MEANING.includes(name) ? networkCodeOf(error) : undefined;
  if (code !== undefined) return code;
  return /^[A-Za-z]\w{0,63}$/.test(name) ? name : 'an error without a name';
}

const NAMES_WITHOUT_MEANING = ['Error', 'TypeError', 'AggregateError'];

/** Of a deadline, and of the SDK's own timeouts. */
const TOO_LATE = ['AbortError', 'TimeoutError'];

/** Runs an AWS call and translates its errors. */
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
  const code = CODES[classifyAwsError(error)];
  const name = nameOf(error);
  const what = TOO_LATE.includes(name) ? 'got no answer in time' : 'failed';
  return { code, message: `${action} on ${resource} ${what} (${name}). ${ADVICE[code]}` };
}

/** What an AWS error means, whatever the service calls it. */
export type AwsErrorKind =
  | 'denied'
  /** The caller may not use the KMS key, or the key is disabled. */
  | 'kms-denied'
  | 'credentials-missing'
  /** The caller's credentials are expired or wrong. */
  | 'credentials-rejected'
  | 'throttled'
  | 'not-found'
  /** The secret is scheduled for deletion. */
  | 'being-deleted'
  /** The request is invalid: sending it again does not help. */
  | 'invalid-request'
  /** No answer, a server error, or an unknown name. */
  | 'unavailable';

/**
 * Names of errors without their ending (`Exception`, `Error`, `Fault`): some services send it or not, depending on the
 * protocol. Source: the services' API references, "Common errors"; the SDK's list of throttling errors.
 */
const KINDS: Readonly<Record<string, AwsErrorKind>> = {
  AccessDenied: 'denied',
  NotAuthorized: 'denied',
  OptInRequired: 'denied',

  DecryptionFailure: 'kms-denied',
  EncryptionFailure: 'kms-denied',

  CredentialsProvider: 'credentials-missing',

  ExpiredToken: 'credentials-rejected',
  IncompleteSignature: 'credentials-rejected',
  InvalidClientTokenId: 'credentials-rejected',
  InvalidSignature: 'credentials-rejected',
  MissingAuthenticationToken: 'credentials-rejected',
  SignatureDoesNotMatch: 'credentials-rejected',
  TokenProvider: 'credentials-rejected',
  UnrecognizedClient: 'credentials-rejected',

  LimitExceeded: 'throttled',
  ProvisionedThroughputExceeded: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  Throttled: 'throttled',
  Throttling: 'throttled',
  TooManyRequests: 'throttled',

  ResourceNotFound: 'not-found',

  InvalidFormat: 'invalid-request',
  InvalidParameter: 'invalid-request',
  InvalidParameterCombination: 'invalid-request',
  InvalidParameterValue: 'invalid-request',
  MissingRequiredParameter: 'invalid-request',
  Validation: 'invalid-request',
};

/**
 * Texts of a denied key: "Access to KMS is not allowed", "... is not authorized to perform: kms:Decrypt", "The ciphertext
 * refers to a customer master key that ...". A denied secret may be named kms as well: that is not one.
 */
const NAMES_THE_KEY = /access to kms|\bkms:|customer master key|kms key/i;

/** Classifies what the AWS SDK threw. Anything that is not an AWS error is `unavailable`. */
export function classifyAwsError(error: unknown): AwsErrorKind {
  const name = nameOf(error);
  const text = error instanceof Error ? error.message : '';
  if (name === 'AccessDeniedException' && NAMES_THE_KEY.test(text)) return 'kms-denied';
  if (name === 'InvalidRequestException' && /deletion|deleted/i.test(text)) return 'being-deleted';
  const kind = classifyAwsErrorName(name);
  return kind === 'unavailable' && statusOf(error) === 429 ? 'throttled' : kind;
}

/** Classifies by the name alone, as in `InfrastructureError.call`. Details that only AWS's text has are lost. */
export function classifyAwsErrorName(name: string): AwsErrorKind {
  const key = name.replace(/(Exception|Error|Fault)$/, '');
  return (Object.hasOwn(KINDS, key) ? KINDS[key] : undefined) ?? 'unavailable';
}

function statusOf(error: unknown): unknown {
  const { $metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: unknown } };
  return $metadata?.httpStatusCode;
}

type AwsFailureCode = Extract<FailureCode, `aws_${string}` | `secret_${string}`>;

/** The failure code of each kind. */
const CODES: Readonly<Record<AwsErrorKind, AwsFailureCode>> = {
  denied: 'aws_access_denied',
  'kms-denied': 'aws_kms_denied',
  'credentials-missing': 'aws_unavailable',
  'credentials-rejected': 'aws_unavailable',
  throttled: 'aws_throttled',
  'not-found': 'aws_not_found',
  'being-deleted': 'secret_being_deleted',
  'invalid-request': 'aws_unavailable',
  unavailable: 'aws_unavailable',
};

const ADVICE: Readonly<Record<AwsFailureCode, string>> = {
  aws_access_denied:
    "Check that it exists (for a secret that does not, IAM may answer this too), the caller's role, the resource's policy and the organization's policies.",
  aws_kms_denied: 'Secrets Manager cannot use the KMS key. Check its policy, and that it is enabled.',
  aws_throttled: RETRIED,
  aws_unavailable: RETRIED,
  aws_not_found: 'It does not exist. Deploy the stack, or connect the connection again.',
  secret_being_deleted:
    'It is scheduled for deletion. Restore it (secretsmanager restore-secret) or disconnect the connection.',
};
