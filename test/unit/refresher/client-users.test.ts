import { describe, expect, test } from 'vitest';
import type { Connection, Incident } from '../../../lambdas/core/connection/connection.ts';
import type { ClientUsers } from '../../../lambdas/core/incidents/client-users.ts';
import { rememberClientUsers } from '../../../lambdas/refresher/client-users.ts';
import { judgeForClient } from '../../../lambdas/refresher/notify-of-client.ts';
import { activeConnection, blockedConnection, failureOf, NOW_MS, SECOND_MS } from '../../support/builders.ts';
import { FakeRefresher, SENDER } from './fake-refresher.ts';

const about = (state: Incident['state']) => ({
  ...{ problem: 'client-refused' as const, sinceMs: NOW_MS - 30 * SECOND_MS, state },
  client: { name: 'acme', changedAtMs: NOW_MS - 30 * SECOND_MS },
});
const refused = (name: string, state: Incident['state']) =>
  blockedConnection({
    ...{ name, client: 'acme', incidents: [about(state)], source: 'connected' as const },
    lastFailure: { ...failureOf('invalid_client_secret'), atMs: NOW_MS },
  });
const accepted = (name: string) =>
  activeConnection({ name, client: 'acme', source: 'connected', incidents: [about('ended')] });
const working = (name: string) => activeConnection({ name, client: 'acme', source: 'connected' });

/** A work list in pages, which counts how many were read. */
function listOf(...pages: (readonly Connection[])[]) {
  const list = { pagesRead: 0, usersOf, read };
  async function* usersOf(): AsyncIterable<ClientUsers> {
    for (const users of pages) {
      list.pagesRead += 1;
      yield await Promise.resolve({ users, scanned: users.length });
    }
  }
  function read(name: string): Promise<Connection | undefined> {
    return Promise.resolve(pages.flat().find((row) => row.name === name));
  }
  return list;
}

/** What a tick decides for each of the rows, all at once. */
async function decide(list: ReturnType<typeof listOf>, ...rows: readonly Connection[]) {
  const { context } = new FakeRefresher();
  const clientUsers = rememberClientUsers(list, {});
  return await Promise.all(
    rows.map(async (row) => {
      const [incident] = row.incidents;
      const { client } = incident ?? {};
      if (incident === undefined || client === undefined) throw new Error('The row has no incident.');
      const decided = await judgeForClient({ ...context, clientUsers }, row, {
        incident: { ...incident, client },
        sender: SENDER,
      });
      return typeof decided === 'string' ? decided : decided.message;
    }),
  );
}

describe('the users of a refused client', () => {
  test('are read no further than the one because of which nothing is published', async () => {
    const thousand = (prefix: string) =>
      Array.from({ length: 1_000 }, (_, index) => working(`${prefix}${index}`));
    const list = listOf([working('a'), refused('b', 'notified')], thousand('x'), thousand('y'));

    expect(await decide(list, refused('m', 'begun'), refused('n', 'begun'))).toEqual(['nothing', 'nothing']);

    expect(list.pagesRead).toBe(1);
  });

  test('are read no further than the one that has to publish first', async () => {
    const list = listOf([refused('b', 'begun')], [refused('c', 'begun')], [working('x')]);

    expect(await decide(list, refused('c', 'begun'))).toEqual(['wait']);
    expect(list.pagesRead).toBe(1);

    const ended = listOf([accepted('b')], [refused('x', 'notified')]);
    expect(await decide(ended, accepted('c'))).toEqual(['nothing']);
    expect(ended.pagesRead).toBe(1);
  });

  test('are all read once by all who need them', async () => {
    const own = ['m', 'n', 'o'].map((name) => refused(name, 'begun'));
    const list = listOf([working('a')], own, [working('z')]);

    const [first = '', ...others] = await decide(list, ...own);

    expect(first).toContain('Connections: 3 of 5 that use the client are blocked: m, n, o\n');
    expect(others).toEqual(['wait', 'wait']);
    expect(list.pagesRead).toBe(3);
  });

  test('are the row itself, if the index does not show it', async () => {
    const [message] = await decide(listOf([working('a')]), refused('m', 'begun'));

    expect(message).toContain('Connections: 1 of 2 that use the client are blocked: m\n');
  });

  test('are read anew after a failure', async () => {
    const list = listOf([working('a')]);
    let failures = 1;
    const failing = {
      ...list,
      usersOf: async function* () {
        failures -= 1;
        if (failures >= 0) throw new Error('no answer');
        yield* list.usersOf();
      },
    };
    const memory = rememberClientUsers(failing, {});
    const readMore = () => memory.of('acme', new AbortController().signal).readMore();

    await expect(readMore()).rejects.toThrow('no answer');

    expect(await readMore()).toBe(true);
    expect(await readMore()).toBe(false);
  });
});
