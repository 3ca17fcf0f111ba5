const STATUS_OF_SERVER_ERRORS: Readonly<Record<string, number>> = {
  InternalServiceError: 500,
  InternalServerError: 500,
  InternalFailure: 500,
  ServiceUnavailable: 503,
};

/** AWS's texts of the errors that can be injected. Source: the service models. */
const AWS_ERROR_MESSAGES = {
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

/** The code of an error that can be injected. */
export type AwsFaultCode = keyof typeof AWS_ERROR_MESSAGES;

/** An error as AWS answers it: thrown by the stand-ins' logic, written to the wire by their endpoints. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  /** Goes into `__type` and becomes the `name` of the SDK's exception. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }

  /** 500 or 503 for an error of the service, otherwise 400. */
  get status(): number {
    return STATUS_OF_SERVER_ERRORS[this.code] ?? 400;
  }
}

/** The error with this code, with AWS's text by default. */
export function awsFault(code: AwsFaultCode, message: string = AWS_ERROR_MESSAGES[code]): AwsError {
  return new AwsError(code, message);
}
