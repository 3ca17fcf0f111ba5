import { describe, expect, test } from 'vitest';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import { lambdaContext } from '../../../sandbox/deployment/lambda-context.ts';
import { InMemoryRefresher } from '../../property/in-memory-refresher.ts';
import { failureOf } from '../../support/builders.ts';

const THROTTLED = new InfrastructureError(failureOf('aws_throttled'));
const asked = { action: 'refresh', connection: 'crm-prod', reason: 'unauthorized' };

/** A refresher whose next read of a row fails. */
function refresherThatCannotRead(thrown: unknown): InMemoryRefresher {
  const refresher = new InMemoryRefresher();
  refresher.failCall({ at: 0, thrown });
  return refresher;
}

describe('a request whose row', () => {
  test('DynamoDB does not return because it throttles is answered: its callers ask too often', async () => {
    const refresher = refresherThatCannotRead(THROTTLED);

    expect(await refresher.handler(asked, lambdaContext())).toEqual({
      connection: 'crm-prod',
      outcome: 'failed',
      generation: 0,
      expires_at: null,
      retry_after_seconds: 5,
      message: 'what aws_throttled means',
    });
    expect(refresher.calls).toBe(1);
    expect(refresher.metricLines).toEqual([]);
    expect(JSON.parse(refresher.log.lines.at(-1) ?? '')).toMatchObject({
      ...{ level: 'WARN', message: 'request refused', connection: 'crm-prod', outcome: 'failed' },
    });
  });

  test('cannot be read for another reason is an error of ours, which raises an alarm', async () => {
    const denied = new InfrastructureError(failureOf('aws_access_denied'));

    await expect(refresherThatCannotRead(denied).handler(asked, lambdaContext())).rejects.toMatchObject({
      code: 'aws_access_denied',
    });
  });
});
