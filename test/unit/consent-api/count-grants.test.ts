import { describe, expect, test } from 'vitest';
import { grantsOf } from '../../../lambdas/consent-api/count-grants.ts';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { disableConnection } from '../../../lambdas/core/connection/operator-transitions.ts';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import type { ConsentContext, ConsentPorts } from '../../../lambdas/core/invites/consent-ports.ts';
import { SETTINGS } from '../../simulation/consent/consent-stories.ts';
import { CONNECTION, ConsentWorld } from '../../simulation/consent/consent-world.ts';
import { NOW_MS } from '../../support/builders.ts';
import { ConsentInMemory } from '../../support/consent-in-memory.ts';

const world = new ConsentWorld({ isNew: false });
const row = world.rows.get(CONNECTION) as Connection;

function contextWith(grants: readonly string[], read: (name: string) => Connection | undefined) {
  const { ports } = world;
  const asked: string[] = [];
  const context: ConsentContext = {
    ...ports,
    settings: SETTINGS,
    deadline: AbortSignal.timeout(60_000),
    invites: {
      ...ports.invites,
      authorizedBy: () => Promise.resolve(grants.map((connection) => ({ connection, inviteId: 'x' }))),
    },
    connections: {
      ...ports.connections,
      read: async (name) => {
        asked.push(name);
        return await Promise.resolve(name).then(read);
      },
    },
  };
  return { context, asked };
}

const names = (count: number) => Array.from({ length: count }, (_, at) => `crm-${at}`);

describe('the grants of a user', () => {
  test('that are few are counted without a look at their connections', async () => {
    const { context, asked } = contextWith(names(14), () => undefined);

    expect(await grantsOf(context, 'someone')).toHaveLength(14);
    expect(asked).toEqual([]);
  });

  test('that are many are those of connections in use, or that cannot be read', async () => {
    const rows: Record<string, () => Connection | undefined> = {
      'crm-0': () => undefined,
      'crm-1': () => disableConnection(row, 'disconnected', NOW_MS),
      'crm-2': () => disableConnection(row, 'revoked', NOW_MS),
      'crm-3': () => ({ ...row, status: 'blocked' }),
      'crm-4': () => disableConnection(row, 'paused', NOW_MS),
      'crm-5': () => {
        throw new InfrastructureError({ code: 'malformed_row', message: 'unreadable' });
      },
    };
    const { context } = contextWith(names(15), (name) => (rows[name] ?? (() => row))());

    const counted = (await grantsOf(context, 'someone')).map(({ connection }) => connection);

    expect(counted).toEqual(names(15).slice(4));
  });

  test('are not guessed if AWS does not answer', async () => {
    const { context } = contextWith(names(15), () => {
      throw new InfrastructureError({ code: 'aws_unavailable', message: 'later' });
    });

    await expect(grantsOf(context, 'someone')).rejects.toThrow('later');
  });
});

test('an invite whose person is known says how many grants there are, and is refused from 20 on', async () => {
  const created = async (count: number) => {
    const invites: ConsentPorts['invites'] = {
      ...world.ports.invites,
      grantorOf: () => Promise.resolve('someone'),
      authorizedBy: () => Promise.resolve(names(count).map((connection) => ({ connection, inviteId: 'x' }))),
    };
    const connections = { ...world.ports.connections, read: () => Promise.resolve(row) };
    const api = new ConsentInMemory({ ports: { invites, connections } });
    return await api.invoke('callers', {
      ...{ action: 'create-invite', connection: CONNECTION, client: 'acme', scopes: ['ZohoCRM.modules.ALL'] },
      expect: { email: 'ann@acme.example' },
    });
  };

  expect(await created(19)).toMatchObject({ grants_of_user: 19, status: 'open' });
  expect(await created(20)).toMatchObject({
    error: { code: 'too_many_grants', message: expect.stringContaining('20 refresh tokens of the client') },
  });
});
