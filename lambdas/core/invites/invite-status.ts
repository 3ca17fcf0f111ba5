/**
 * What became of an invite.
 * - `open`: no one has consented yet
 * - `awaiting`: a grant is held, and the operator or the platform's backend must confirm it
 * - `authorized`: the connection has the credentials
 * - `declined`: the user refused at Zoho. The link still works until it expires
 * - `failed`: see the reason. The link still works if the failure is retryable
 * - `expired`, `cancelled`: the link no longer works
 */
export const INVITE_STATUSES = [
  'open',
  'awaiting',
  'authorized',
  'declined',
  'failed',
  'expired',
  'cancelled',
] as const;
export type InviteStatus = (typeof INVITE_STATUSES)[number];

/**
 * - `direct`: the callback stores what it gets
 * - `confirm`: an operator confirms who consented
 * - `platform`: the backend of a platform completes it in the session of its signed-in user
 */
export const INVITE_MODES = ['direct', 'confirm', 'platform'] as const;
export type InviteMode = (typeof INVITE_MODES)[number];

/** What did not match the expectation of an invite. */
export const MISMATCHES = ['email', 'email_domain', 'org_id', 'data_center', 'sandbox', 'scope'] as const;
export type Mismatch = (typeof MISMATCHES)[number];

/** Why an invite failed. */
export const FAILURE_REASONS = [
  /** Zoho refused the client, the scopes or the redirect URI. */
  'client_refused',
  /** Zoho refused the code. */
  'code_refused',
  /** The user who is signed in has no account in a product of the scopes. */
  'no_org',
  /** Zoho gives a client ten codes in ten minutes. */
  'too_many_codes',
  /** The callback names a data center that is not known. */
  'unknown_data_center',
  /** Zoho gave no refresh token. */
  'no_refresh_token',
  /** Zoho did not answer. */
  'zoho_unavailable',
  /** AWS did not answer, or denied a call. */
  'aws_unavailable',
  /** Someone else was expected, and the deployment confirms no exceptions. */
  'mismatch',
  /** An operator or the platform rejected it. */
  'rejected',
  /** No one confirmed it in time. */
  'not_confirmed',
  /** Other credentials were stored meanwhile. */
  'superseded',
  /** The connection was disconnected, or disconnected and connected anew. */
  'connection_removed',
  /** The process ended while it asked Zoho: a refresh token may exist, unused. */
  'unknown_outcome',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];
