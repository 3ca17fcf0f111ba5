import { describe, expect, test } from 'vitest';
import { judgeComplaints } from '../../../../cli/doctor/complaints.ts';
import { NO_COMPLAINTS } from '../../../../lambdas/core/connection/connection.ts';
import { activeConnection, HOUR_MS, NOW_MS } from '../../../support/builders.ts';

describe('complaints', () => {
  const mintsMs = [NOW_MS - 25 * HOUR_MS, NOW_MS - HOUR_MS, NOW_MS - 2, NOW_MS - 1];

  test('that stop when the token is replaced pass, with the count of a day', () => {
    const row = activeConnection({ complaints: { mintsMs, challengedGeneration: 6, inARow: 4 } });

    expect(judgeComplaints(row, NOW_MS)).toEqual({
      result: 'pass',
      found: '3 of 8 extra tokens for consumers in a day',
    });
    expect(judgeComplaints(activeConnection({ complaints: NO_COMPLAINTS }), NOW_MS)).toEqual({
      result: 'pass',
      found: '0 of 8 extra tokens for consumers in a day',
    });
  });

  test('about fresh tokens fail, with the causes and the runbook', () => {
    const row = activeConnection({ complaints: { mintsMs, challengedGeneration: 7, inARow: 7 } });

    expect(judgeComplaints(row, NOW_MS)).toEqual({
      result: 'fail',
      found:
        '3 of 8 extra tokens for consumers in a day. Consumers reject tokens that Zoho has just issued, which a new token does not help: a scope is missing, the host or the organization is wrong, a proxy answers 401, or something else mints with the same refresh token. The token is renewed on schedule. Runbook: TokensRejected.',
      fix: 'Find the consumer by its 401s and fix it. See docs/runbooks/TokensRejected.md.',
    });
  });
});
