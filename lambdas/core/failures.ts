import type { MetricName } from './metrics.ts';

/**
 * Everything that can go wrong in a refresh, and how it is treated. This is the only such table: to treat an answer
 * differently, change its line here.
 */
export type FailureClass =
  | 'transient'
  | 'throttled'
  | 'unusable-token'
  | 'reauthorize'
  | 'configuration'
  | 'aws'
  | 'no-credentials'
  | 'undeclared'
  | 'switched-off';

/**
 * - `unchanged`: the status is kept, and the next attempt follows after a short back-off with full jitter
 * - `cooling-down`: Zoho is not called for ten minutes or more
 * - `postponed`: the status is kept, and the next attempt follows after ten minutes or more, because each one mints a token
 * - `blocked`: an operator must act; the credentials are checked every five minutes, and Zoho is asked again every six minutes in
 *   the first hour, then every hour
 * - `pending`: no credentials yet; the secret is checked every five minutes in the first hour, then ever less often, once an hour at last
 * - `disabled`: never refreshed
 */
export type FailureEffect = 'unchanged' | 'cooling-down' | 'postponed' | 'blocked' | 'pending' | 'disabled';

export const FAILURE_POLICY = {
  transient: { effect: 'unchanged', metric: 'RefreshFailed' },
  aws: { effect: 'unchanged', metric: 'RefreshFailed' },
  throttled: { effect: 'cooling-down', metric: 'Throttled' },
  'unusable-token': { effect: 'postponed', metric: 'ContractChanged' },
  reauthorize: { effect: 'blocked', metric: 'Blocked' },
  configuration: { effect: 'blocked', metric: 'Blocked' },
  'no-credentials': { effect: 'pending', metric: undefined },
  undeclared: { effect: 'disabled', metric: undefined },
  'switched-off': { effect: 'disabled', metric: undefined },
} as const satisfies Record<FailureClass, { effect: FailureEffect; metric: MetricName | undefined }>;

/** The class of every failure code. Codes are stable: they are in the table, in logs and in the output of the CLI. */
export const FAILURE_CLASSES = {
  network_error: 'transient',
  timeout: 'transient',
  server_error: 'transient',
  redirect_refused: 'transient',
  response_too_large: 'transient',
  unrecognized_response: 'transient',
  unknown_zoho_error: 'transient',
  lease_expired: 'transient',
  superseded: 'transient',
  followed_token_unusable: 'transient',
  followed_token_stale: 'transient',
  internal_error: 'transient',

  throttled: 'throttled',

  token_too_long: 'unusable-token',
  too_large_to_seal: 'unusable-token',

  invalid_code: 'reauthorize',
  invalid_grant: 'reauthorize',
  invalid_token: 'reauthorize',

  invalid_client: 'configuration',
  invalid_client_secret: 'configuration',
  malformed_credentials: 'configuration',
  unknown_data_center: 'configuration',
  unknown_client: 'configuration',
  malformed_client: 'configuration',
  client_without_data_center: 'configuration',

  aws_access_denied: 'aws',
  aws_kms_denied: 'aws',
  aws_throttled: 'aws',
  aws_unavailable: 'aws',
  aws_not_found: 'aws',
  secret_being_deleted: 'aws',
  malformed_row: 'aws',

  no_credentials: 'no-credentials',
  undeclared: 'undeclared',

  paused: 'switched-off',
  disconnected: 'switched-off',
  revoked: 'switched-off',
} as const satisfies Record<string, FailureClass>;

export type FailureCode = keyof typeof FAILURE_CLASSES;

/** Why an attempt failed. It may be logged and shown: it contains no secrets. */
export interface Failure {
  readonly code: FailureCode;
  /** What is wrong, what was given, what to do next. */
  readonly message: string;
  /** Zoho's own error word, e.g. `Access Denied`, if it sent one that is safe to show. */
  readonly zohoError?: string | undefined;
}

/** Ends the message of a failure that needs no action. */
export const RETRIED = 'It is retried automatically.';

export function classOf(code: FailureCode): FailureClass {
  return FAILURE_CLASSES[code];
}

export function policyOf(code: FailureCode): { effect: FailureEffect; metric: MetricName | undefined } {
  return FAILURE_POLICY[classOf(code)];
}

export function isFailureCode(code: unknown): code is FailureCode {
  return typeof code === 'string' && Object.hasOwn(FAILURE_CLASSES, code);
}

/** True if the client is the cause, not the authorization: of a shared client, all connections have it. */
export function isClientFailure(code: FailureCode): boolean {
  return CLIENT_FAILURES.includes(code);
}

const CLIENT_FAILURES: readonly FailureCode[] = [
  'invalid_client',
  'invalid_client_secret',
  'unknown_client',
  'malformed_client',
  'client_without_data_center',
];

/** The failure of a row of the connections table that cannot be parsed. */
export function malformedRow({
  name,
  problem,
}: {
  readonly name: string;
  readonly problem: string;
}): Failure {
  return {
    code: 'malformed_row',
    message: `The row of ${name} in the connections table cannot be read (${problem}). Fix or restore it.`,
  };
}

/** A failed AWS call, described by names only. */
export interface FailedCall {
  /** IAM action, e.g. `secretsmanager:GetSecretValue`. */
  readonly action: string;
  /** Name of the secret, table or function. */
  readonly resource: string;
  /** AWS's name of the error, e.g. `AccessDeniedException`. */
  readonly errorName: string;
}

/**
 * An external system (DynamoDB, Secrets Manager) failed. Adapters translate vendor errors to this error; anything else
 * that is thrown is a bug. Neither the message nor `cause` contains a secret or a vendor's text; `cause` has the name
 * of the original error.
 */
export class InfrastructureError extends Error {
  override readonly name = 'InfrastructureError';
  readonly failure: Failure;
  /** The call that failed, for callers that give other advice than the message. */
  readonly call: FailedCall | undefined;

  constructor(failure: Failure, options: ErrorOptions & { readonly call?: FailedCall } = {}) {
    super(failure.message, options);
    this.failure = failure;
    this.call = options.call;
  }

  get code(): FailureCode {
    return this.failure.code;
  }
}
