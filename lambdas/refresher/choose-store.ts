import type { Connection } from '../core/connection/connection.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { SecretStores } from '../core/ports.ts';
import type { RefreshContext } from './refresh-context.ts';

/** The same context with the ports of the store that the row names. Everything after it is the same for both stores. */
export function chooseStore(context: RefreshContext, { name, store }: Connection): RefreshContext {
  if (store === undefined) return context;
  return { ...context, ...(context.sealed ?? absentStore(name)) };
}

/** The deployment had the second store, and has none any more: whatever is asked of it fails and says why. */
function absentStore(name: string): SecretStores {
  const fail = () =>
    Promise.reject(
      new InfrastructureError({
        code: 'aws_not_found',
        message: `The row of ${name} says that its token is stored in DynamoDB, and this deployment has no tables for that. Deploy with connectedStore: dynamodb again, or with fleetShards.`,
      }),
    );
  return {
    credentials: { read: fail },
    rotatedCredentials: { store: fail, recover: fail },
    tokens: { lastPublished: fail, publish: fail },
  };
}
