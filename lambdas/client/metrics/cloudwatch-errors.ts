/** Why counts could not be handed to CloudWatch. Codes are stable. */
export type PutMetricDataErrorCode =
  | 'aws_access_denied'
  | 'aws_throttled'
  | 'aws_unavailable'
  /** CloudWatch looked at the data and will not take them, however often they are sent. */
  | 'aws_refused_data';

/** AWS's own text is never quoted: it may repeat what was sent. */
export interface PutMetricDataError {
  readonly code: PutMetricDataErrorCode;
  /** What happened, to how many API calls' counts, and what to do. */
  readonly message: string;
}

/** What an error of the SDK means. CloudWatch's names of errors come with and without `Exception`, by protocol. */
export function codeOfPutMetricDataError(error: unknown): PutMetricDataErrorCode {
  const name = nameOf(error);
  if (statusOf(error) === 429 || /Throttl|TooManyRequests|LimitExceeded/.test(name)) return 'aws_throttled';
  if (/^(InvalidParameter|InvalidFormat|MissingRequiredParameter|Validation)/.test(name))
    return 'aws_refused_data';
  if (/AccessDenied|NotAuthorized|Credentials|UnrecognizedClient|Token|Signature|OptInRequired/.test(name))
    return 'aws_access_denied';
  return 'aws_unavailable';
}

/** `calls`: how many API calls were counted in what was not taken. */
export function describePutMetricDataError(error: unknown, calls: number): PutMetricDataError {
  const code = codeOfPutMetricDataError(error);
  return {
    code,
    message: `cloudwatch:PutMetricData failed (${nameOf(error)}). ${ADVICE[code]} API calls concerned: ${calls}.`,
  };
}

const ADVICE: Readonly<Record<PutMetricDataErrorCode, string>> = {
  aws_access_denied:
    'Kept and tried again; allow the caller cloudwatch:PutMetricData and check its credentials.',
  aws_throttled: 'Kept and tried again.',
  aws_unavailable: 'Kept and tried again; check the network and the region if it stays.',
  aws_refused_data: "Dropped: CloudWatch will never take them. Check this machine's clock.",
};

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function statusOf(error: unknown): number | undefined {
  const { $metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
