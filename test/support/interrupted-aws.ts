import { vi } from 'vitest';
import { awsFault } from '../../sandbox/aws/aws-error.ts';
import type { Fault } from '../../sandbox/aws/faults.ts';
import type { OperatorDesk } from './operator-desk.ts';

/**
 * Lets a process reach AWS a number of times, and then never again, as if it had been killed. With `afterEffect`, the last
 * call takes effect and its answer is lost. Returns a function that ends this, and the number of calls that were made.
 */
export function killAfterCalls(
  { deployment, server }: OperatorDesk,
  allowed: number,
  { afterEffect }: { readonly afterEffect: boolean },
): { readonly revive: () => void; readonly calls: () => number } {
  let calls = 0;
  const denial: Fault = {
    kind: 'error',
    error: awsFault('AccessDeniedException', 'killed'),
    afterEffect: false,
  };
  const lastOne: Fault = { ...denial, afterEffect };
  const { secretsManager, dynamoDb } = deployment.aws;
  const spies = [secretsManager.faults, dynamoDb.faults, server.aws.lambda.faults].map((faults) =>
    vi.spyOn(faults as { take: (call: never) => Fault | undefined }, 'take').mockImplementation(() => {
      calls += 1;
      if (calls < allowed) return undefined;
      return calls === allowed ? lastOne : denial;
    }),
  );
  return {
    revive: () => {
      for (const spy of spies) spy.mockRestore();
    },
    calls: () => calls,
  };
}
