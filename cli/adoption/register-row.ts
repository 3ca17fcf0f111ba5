import { NOTHING_PUBLISHED, registerAgain } from '../../lambdas/core/connection/lost-row.ts';
import { changeRow } from '../connections/change-row.ts';
import { tagsFor } from '../connections/connection-tags.ts';
import { readCredentialsSpec } from './credentials-spec.ts';
import type { PlannedChange } from './plan.ts';
import type { Adopter, Remains } from './remains.ts';

/** The row continues with the published generation, so that the next token is above it, and is due at once. */
export function planRow(
  adopter: Adopter,
  { name, row, source, store, token }: Remains,
  wasUnreadable: boolean,
): PlannedChange[] {
  const { session, secrets } = adopter;
  const changes: PlannedChange[] = [];
  if (token === undefined && source === 'connected' && store === 'secrets-manager') {
    changes.push({
      connection: name,
      does: `create ${secrets.nameOf(name, 'access-token')}`,
      apply: () => createTokenSecret(adopter, name),
    });
  }
  if (row === undefined || 'malformed' in row) {
    changes.push({
      connection: name,
      does: `register it as ${source}`,
      apply: async () => {
        const published = (await secrets.lastPublished(name)) ?? NOTHING_PUBLISHED;
        const next = registerAgain(name, source, published, session.runtime.clock.now());
        const place = store === 'dynamodb' && { store, intent: await readCredentialsSpec(secrets, name) };
        await (await session.connections()).create({ ...next, ...place }, session.signal());
      },
    });
  } else if (store === 'dynamodb' && row.intent === undefined) {
    changes.push({
      connection: name,
      does: 'record its data center and scopes, as they are in its credentials',
      apply: async () => {
        const intent = await readCredentialsSpec(secrets, name);
        await changeRow(session, name, (current) => ({ ...current, intent }));
      },
    });
  }
  if (row !== undefined && !('malformed' in row) && wasUnreadable) {
    changes.push({
      connection: name,
      does: 'refresh it with the next tick',
      apply: async () => {
        const generation = (await secrets.lastPublished(name))?.generation ?? 0;
        await changeRow(session, name, (current, nowMs) => ({
          ...current,
          generation: Math.max(current.generation, generation),
          nextAttemptAtMs: nowMs,
        }));
      },
    });
  }
  return changes;
}

async function createTokenSecret({ secrets, deployment }: Adopter, name: string): Promise<void> {
  const tags = tagsFor(deployment, await readCredentialsSpec(secrets, name));
  await secrets.create(name, 'access-token', { tags });
}
