import type { MetricName } from './metrics.ts';

/**
 * Everything that can go wrong in a refresh, and what is done about it. The one table: to treat an answer
 * differently, change its line here.
 */
export type FailureClass =
  | 'transient'
  | 'throttled'
  | 'reauthorize'
  | 'configuration'
  | 'aws'
  | 'no-credentials'
  | 'undeclared'
  | 'switched-off';

/**
 * - `unchanged`: the status stays as it is, the next attempt comes after a short full-jitter back-off
 * - `cooling-down`: Zoho is left alone for ten minutes or more
 * - `blocked`: a human must act; new credentials are looked for every five minutes, Zoho is asked again after an hour
 * - `pending`: no credentials yet; the secret is looked at every five minutes
 * - `disabled`: no longer wanted; never attempted
 */
export type FailureEffect = 'unchanged' | 'cooling-down' | 'blocked' | 'pending' | 'disabled';

export const FAILURE_POLICY = {
  transient: { effect: 'unchanged', metric: 'RefreshFailed' },
  aws: { effect: 'unchanged', metric: 'RefreshFailed' },
  throttled: { effect: 'cooling-down', metric: 'Throttled' },
  reauthorize: { effect: 'blocked', metric: 'Blocked' },
  configuration: { effect: 'blocked', metric: 'Blocked' },
  'no-credentials': { effect: 'pending', metric: undefined },
  undeclared: { effect: 'disabled', metric: undefined },
  'switched-off': { effect: 'disabled', metric: undefined },
} as const satisfies Record<FailureClass, { effect: FailureEffect; metric: MetricName | undefined }>;

/** The class of every failure code. Codes are stable: they stand in the table, in logs and in answers of the CLI. */
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
  internal_error: 'transient',

  throttled: 'throttled',

  invalid_code: 'reauthorize',
  invalid_grant: 'reauthorize',
  invalid_token: 'reauthorize',

  invalid_client: 'configuration',
  invalid_client_secret: 'configuration',
  malformed_credentials: 'configuration',
  unknown_data_center: 'configuration',

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

/** Why an attempt failed, in words that may be logged and shown: never holds secret material. */
export interface Failure {
  readonly code: FailureCode;
  /** What is wrong, what was given, what to do next. */
  readonly message: string;
  /** Zoho's own word for it, e.g. `Access Denied`, where it gave one that may be shown. */
  readonly zohoError?: string | undefined;
}

export function classOf(code: FailureCode): FailureClass {
  return FAILURE_CLASSES[code];
}

export function policyOf(code: FailureCode): { effect: FailureEffect; metric: MetricName | undefined } {
  return FAILURE_POLICY[classOf(code)];
}

export function isFailureCode(code: unknown): code is FailureCode {
  return typeof code === 'string' && Object.hasOwn(FAILURE_CLASSES, code);
}

/** What a row of the connections table that cannot be read is as a failure. */
export function malformedRow({
  name,
  problem,
}: {
  readonly name: string;
  readonly problem: string;
}): Failure {
  return {
    code: 'malformed_row',
    message: `The row of ${name} in the connections table cannot be read (${problem}). Mend or restore it.`,
  };
}

/** A call of AWS that failed, by names only. */
export interface FailedCall {
  /** IAM action, e.g. `secretsmanager:GetSecretValue`. */
  readonly action: string;
  /** Name of the secret, table or function. */
  readonly resource: string;
  /** AWS's name of the error, e.g. `AccessDeniedException`. */
  readonly errorName: string;
}

/**
 * An outside system (DynamoDB, Secrets Manager) that could not do its part. Adapters translate vendor errors to this;
 * anything else that is thrown is a bug. Neither the message nor `cause` holds a secret or a vendor's text; `cause` has the
 * original's name.
 */
export class InfrastructureError extends Error {
  override readonly name = 'InfrastructureError';
  readonly failure: Failure;
  /** The call that failed, for whoever has other advice to give than the message. */
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
