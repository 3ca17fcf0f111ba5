import {
  COMPLAINTS_A_DAY,
  countComplaintMints,
  isRejectingFreshTokens,
} from '../../lambdas/core/connection/complaints.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { decline } from '../../lambdas/core/refresh/declines.ts';
import { type Finding, fail, pass } from './finding.ts';

/** Whether consumers reject tokens that Zoho has just issued. */
export function judgeComplaints(row: Connection, nowMs: number): Finding {
  const counts = `${countComplaintMints(row, nowMs)} of ${COMPLAINTS_A_DAY} extra tokens for consumers in a day`;
  return isRejectingFreshTokens(row, nowMs)
    ? fail(
        `${counts}. ${decline('tokens-rejected').message}`,
        'Find the consumer by its 401s and fix it. See docs/runbooks/TokensRejected.md.',
      )
    : pass(counts);
}
