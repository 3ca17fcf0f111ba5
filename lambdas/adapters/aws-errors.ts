import { type Failure, type FailureCode, InfrastructureError, RETRIED } from '../core/failures.ts';
import {
  type AwsErrorKind,
  classifyAwsError,
  isCiphertextRefused,
  nameOfAwsError,
} from './aws-error-kinds.ts';

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
    call: { ...call, errorName: nameOfAwsError(error) },
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
    name: nameOfAwsError(error),
    ...(typeof requestId === 'string' && /^[\w-]{1,64}$/.test(requestId) ? { requestId } : {}),
  });
}

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

function failureOf(error: unknown, { action, resource }: AwsCall): Failure {
  const code = CODES[classifyAwsError(error)];
  const name = nameOfAwsError(error);
  const what = TOO_LATE.includes(name) ? 'got no answer in time' : 'failed';
  const advice = isCiphertextRefused(name) ? REFUSED_CIPHERTEXT : ADVICE[code];
  return { code, message: `${action} on ${resource} ${what} (${name}). ${advice}` };
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
  aws_kms_denied: 'The service cannot use the KMS key. Check its policy, and that it is enabled.',
  aws_throttled: RETRIED,
  aws_unavailable: RETRIED,
  aws_not_found: 'It does not exist. Deploy the stack, or connect the connection again.',
  secret_being_deleted:
    'It is scheduled for deletion. Restore it (secretsmanager restore-secret) or disconnect the connection.',
};

const REFUSED_CIPHERTEXT =
  'What is stored is damaged, or was encrypted with another key, for another connection or another deployment. To find out, run: zoho-tokens adopt --all --dry-run';
