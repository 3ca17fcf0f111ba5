import { type Connection, isInService } from '../../lambdas/core/connection/connection.ts';
import { isDisabledByOperator } from '../../lambdas/core/connection/operator-transitions.ts';
import { isClientFailure } from '../../lambdas/core/failures.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { parseClient } from '../../lambdas/core/secrets/shared-client.ts';
import { tryRead, valueIfRead } from '../aws/try-read.ts';
import { listSecretsOf } from '../secrets/list-secrets.ts';
import type { Session } from '../session.ts';

/** A shared client, as `client list` shows it. */
export interface ListedClient {
  readonly client: string;
  /** Where it is registered; undefined if its secret cannot be read or parsed. */
  readonly dataCenter: string | undefined;
  readonly secrets: 'one' | 'one for each data center' | undefined;
  /** Names of the connections whose credentials referred to it at their last refresh. */
  readonly connections: readonly string[];
  /** Of these, the ones that the client keeps from being refreshed. */
  readonly refused: readonly string[];
  /** Whether a new secret is stored that Zoho has not accepted yet. */
  readonly isRotationPending: boolean;
}

export async function listClients(session: Session): Promise<readonly ListedClient[]> {
  const { secretPrefix } = await session.deployment();
  const secrets = await session.secrets();
  const found = await listSecretsOf(session.aws.secretsManager, secretPrefix, 'client');
  const rows = (await session.list()).flatMap((row): Connection[] =>
    'malformed' in row || isDisabledByOperator(row, 'disconnected') ? [] : [row],
  );
  const names = new Set([...found, ...rows.flatMap(({ client }) => client ?? [])]);
  return await Promise.all(
    [...names].sort().map(async (name) => {
      const stored = valueIfRead(await tryRead(() => secrets.readClient(name)));
      const parsed = stored && parseClient(name, stored.current.text);
      const client = parsed?.ok === true ? parsed.client : undefined;
      const users = rows.filter((row) => row.client === name);
      return {
        client: name,
        dataCenter: client?.dataCenter,
        secrets: client && (client.secret instanceof Redacted ? 'one' : 'one for each data center'),
        connections: users.map((row) => row.name),
        refused: users.filter(isRefused).map((row) => row.name),
        isRotationPending: stored?.pending !== undefined,
      };
    }),
  );
}

/** True if the client is why a connection is not refreshed. */
export function isRefused({ status, lastFailure }: Connection): boolean {
  const mayBeRefreshed = status === 'blocked' || isInService(status);
  return mayBeRefreshed && lastFailure !== undefined && isClientFailure(lastFailure.code);
}
