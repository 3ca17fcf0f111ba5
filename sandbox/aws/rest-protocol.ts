import type { WireAnswer } from './aws-endpoint.ts';
import type { AwsError } from './aws-error.ts';

/** The content type of answers of the REST JSON protocol, which Lambda and EventBridge Scheduler speak. */
export const REST_CONTENT_TYPE = 'application/json';

const STATUSES: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ThrottlingException: 429,
  TooManyRequestsException: 429,
  UnknownOperationException: 404,
};

/** An error of a REST JSON service: the name in a header, and a specific status. */
export function restErrorAnswer(error: AwsError): WireAnswer {
  return restRefusal(STATUSES[error.code] ?? error.status, error.code, error.message);
}

/** The same with a given status. */
export function restRefusal(status: number, code: string, message: string): WireAnswer {
  return {
    status,
    headers: { 'x-amzn-errortype': code },
    body: JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message }),
  };
}
