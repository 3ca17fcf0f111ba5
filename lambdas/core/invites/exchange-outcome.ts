import type { FailureCode } from '../failures.ts';
import type { FailureReason } from './invite-status.ts';

/** What a refused exchange means. */
export interface RefusedExchange {
  readonly reason: FailureReason;
  /** Whether Zoho may have issued a refresh token all the same: its answer is missing or cannot be read. */
  readonly mayExist: boolean;
}

const CLIENT: readonly FailureCode[] = [
  'invalid_client',
  'invalid_client_secret',
  'client_without_data_center',
  'unknown_client',
  'malformed_client',
];
const CODE: readonly FailureCode[] = ['invalid_code', 'invalid_grant', 'invalid_token'];

export function judgeRefusal(code: FailureCode): RefusedExchange {
  if (CLIENT.includes(code)) return { reason: 'client_refused', mayExist: false };
  if (CODE.includes(code)) return { reason: 'code_refused', mayExist: false };
  return { reason: 'zoho_unavailable', mayExist: code !== 'throttled' && code !== 'unknown_zoho_error' };
}
