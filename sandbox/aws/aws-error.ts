const STATUS_OF_SERVER_FAULTS: Readonly<Record<string, number>> = {
  InternalServiceError: 500,
  InternalServerError: 500,
  InternalFailure: 500,
  ServiceUnavailable: 503,
};

/** The texts AWS gives with the errors that a test can ask for; the service models are their source. */
const AWS_FAULT_MESSAGES = {
  AccessDeniedException:
    'User: arn:aws:iam::000000000000:user/sandbox is not authorized to perform this action',
  DecryptionFailure: "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  EncryptionFailure:
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS " +
    'key is available, enabled, and not in an invalid state.',
  ExpiredTokenException: 'The security token included in the request is expired',
  InternalFailure: 'The request processing has failed because of an unknown error, exception or failure.',
  InternalServerError: 'An error occurred on the server side.',
  InternalServiceError: 'An error occurred on the server side.',
  InvalidParameterException: 'The parameter name or value is invalid.',
  InvalidRequestException: 'A parameter value is not valid for the current state of the resource.',
  LimitExceededException: 'The request failed because it would exceed one of the Secrets Manager quotas.',
  ProvisionedThroughputExceededException:
    'The level of configured provisioned throughput for the table was exceeded.',
  RequestLimitExceeded: 'Throughput exceeds the current throughput limit for your account.',
  ResourceNotFoundException: "Secrets Manager can't find the specified secret.",
  ServiceUnavailable: 'The request has failed due to a temporary failure of the server.',
  ThrottlingException: 'Rate exceeded',
  UnrecognizedClientException: 'The security token included in the request is invalid.',
} as const;

/** The code of an error that a test can make a stand-in answer with. */
export type AwsFaultCode = keyof typeof AWS_FAULT_MESSAGES;

/** An error as AWS answers it: thrown by the stand-ins' logic, written to the wire by their endpoints. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  /** What goes into `__type`, and so becomes the `name` of the SDK's exception. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }

  /** 500 or 503 when the service is at fault, otherwise 400: AWS JSON services have nothing in between. */
  get status(): number {
    return STATUS_OF_SERVER_FAULTS[this.code] ?? 400;
  }
}

/** The error with this code, and with AWS's own text unless another is given. */
export function awsFault(code: AwsFaultCode, message: string = AWS_FAULT_MESSAGES[code]): AwsError {
  return new AwsError(code, message);
}
