import {
  type AwsCall,
  type AwsErrorKind,
  classifyAwsError,
  translateAwsError,
} from '../adapters/aws-errors.ts';

export interface ExplainedAwsError {
  readonly kind: AwsErrorKind;
  /** Which call failed, on what, and what to do about it. */
  readonly message: string;
}

/** Explains an error of the AWS SDK to a consumer. AWS's own text is not quoted: it may repeat what was sent. */
export function explainAwsError(error: unknown, call: AwsCall): ExplainedAwsError {
  const kind = classifyAwsError(error);
  const errorName = translateAwsError(error, call).call?.errorName;
  const advice = kind === 'denied' ? `Allow this process ${call.action} on it.` : (ADVICE[kind] ?? FALLBACK);
  return { kind, message: `${call.action} on ${call.resource} failed (${errorName}). ${advice}` };
}

const ADVICE: Partial<Readonly<Record<AwsErrorKind, string>>> = {
  'credentials-missing': 'Give this process AWS credentials.',
  'credentials-rejected': "Check this process's AWS credentials: they are expired or wrong.",
  throttled: 'AWS throttles this call.',
  'not-found': 'Check its name and the AWS region.',
  'invalid-request': "Check this machine's clock.",
};

const FALLBACK = 'Check the network and the AWS region.';
