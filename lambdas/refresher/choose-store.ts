import type { Connection } from '../core/connection/connection.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { SecretStores, TokenStore } from '../core/ports.ts';
import type { RefreshContext } from './refresh-context.ts';

/** The same context with the ports of the store that the row names. Everything after it is the same for both stores. */
export function chooseStore(context: RefreshContext, { name, store, movedFrom }: Connection): RefreshContext {
  const { sealed } = context;
  if (store !== undefined) return { ...context, ...(sealed ?? absentStore(name)) };
  return movedFrom === 'dynamodb' && sealed !== undefined
    ? { ...context, tokens: publishingInBoth(context, sealed.tokens) }
    : context;
}

/**
 * Until a move to Secrets Manager is finished, a token is published in DynamoDB as well: consumers that know the table read it first, and
 * would keep the last token that is there. Best effort: the token counts as published when Secrets Manager has it.
 */
function publishingInBoth({ tokens, log }: RefreshContext, left: TokenStore): TokenStore {
  return {
    ...tokens,
    publish: async (token, fromVersionId, signal) => {
      const result = await tokens.publish(token, fromVersionId, signal);
      if (result.kind !== 'published') return result;
      const failed = await left.publish(token, undefined, signal).then(
        (copy) => (copy.kind === 'not-stored' ? copy.error : undefined),
        (error: unknown) => error,
      );
      if (failed !== undefined && !(failed instanceof InfrastructureError)) throw failed;
      if (failed !== undefined)
        log.warn('a token could not be published in both stores', {
          connection: token.connection,
          code: failed.code,
          reason: `${failed.message} Finish the move: zoho-tokens move ${token.connection} --to secrets-manager`,
        });
      return result;
    },
  };
}

/** The deployment had the second store, and has none any more: whatever is asked of it fails and says why. */
function absentStore(name: string): SecretStores {
  const fail = () =>
    Promise.reject(
      new InfrastructureError({
        code: 'aws_not_found',
        message: `The row of ${name} says that its token is stored in DynamoDB, and this deployment has no tables for that any more: the fleet was turned off before ${name} was moved. docs/operating.md, "Turning a fleet off", says how to get the tables back.`,
      }),
    );
  return {
    credentials: { read: fail },
    rotatedCredentials: { store: fail, recover: fail },
    tokens: { lastPublished: fail, publish: fail },
  };
}
