import type { PublishedToken } from '../../lambdas/adapters/published-token.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { type ReadResult, tryRead } from '../aws/try-read.ts';
import type { Session } from '../session.ts';

/** What consumers read. */
export interface ReadToken {
  /** Where it is. */
  readonly store: SecretStoreName;
  readonly published: ReadResult<PublishedToken>;
}

/** Reads the token as consumers do: the item in the table of tokens if there is one, otherwise the secret. */
export async function readPublishedToken(
  session: Session,
  name: string,
  row: Pick<Connection, 'store'> | undefined,
): Promise<ReadToken> {
  const [{ fleet }, secrets] = await Promise.all([session.deployment(), session.secrets()]);
  if (fleet === undefined) return await readIn('secrets-manager');
  const sealed = await readIn('dynamodb');
  if (!isEmpty(sealed)) return sealed;
  const secret = await readIn('secrets-manager');
  const isElsewhere =
    row?.store === 'dynamodb' && (secret.published.kind === 'unavailable' || isEmpty(secret));
  return isElsewhere ? sealed : secret;

  async function readIn(store: SecretStoreName): Promise<ReadToken> {
    return { store, published: await tryRead(() => secrets.inStore(store).readToken(name)) };
  }
}

function isEmpty({ published }: ReadToken): boolean {
  return published.kind === 'read' && !published.value.ok && published.value.problems === 'empty';
}
