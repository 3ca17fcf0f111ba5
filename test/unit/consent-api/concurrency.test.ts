import { describe, expect, test } from 'vitest';
import type { ConsentPorts } from '../../../lambdas/core/invites/consent-ports.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { BROWSER } from '../../simulation/consent/consent-stories.ts';
import { CONNECTION, type ConsentWorld, OLD_TOKEN } from '../../simulation/consent/consent-world.ts';
import { ConsentInMemory } from '../../support/consent-in-memory.ts';

/** ConsentApi in which something else happens while Zoho is asked who consented, or for the tokens. */
function meanwhile(at: 'exchange' | 'identify', happens: (world: ConsentWorld) => unknown): ConsentInMemory {
  const api = new ConsentInMemory();
  const { zoho } = api.world.ports;
  const interrupted = async (call: () => Promise<unknown>) => {
    const answer = await call();
    await happens(api.world);
    return answer;
  };
  const ports = {
    zoho: { ...zoho, [at]: (...args: [never, never]) => interrupted(() => zoho[at](...args)) },
  } as Partial<ConsentPorts>;
  return api.with(ports);
}

async function consent(api: ConsentInMemory, changes: object = {}) {
  const { id, token } = await api.invite(changes);
  const sent = (await api.invoke('pages', { action: 'begin', token, browser: BROWSER })) as { url: string };
  const state = new URL(sent.url).searchParams.get('state');
  api.world.nowMs += 30_000;
  const query = `code=${api.world.issueCode()}&state=${state}&location=eu`;
  const callback = { action: 'callback', query, browser: BROWSER };
  return { id, token, callback, page: await api.invoke('pages', callback) };
}

const storeOther = (world: ConsentWorld, changes: object = {}) => {
  const other = { client: 'acme', refresh_token: '1000.someone-elses', data_center: 'eu', ...changes };
  world.live.add('1000.someone-elses');
  world.credentials = { kind: 'found', versionId: 'version-x', text: new Redacted(JSON.stringify(other)) };
};

describe('credentials that are stored during a consent', () => {
  test('stand, and the grant of the invite is revoked', async () => {
    const api = meanwhile('identify', storeOther);

    const { id, page } = await consent(api, { identify: true });

    expect(page).toEqual({ kind: 'failed', connection: CONNECTION, reason: 'superseded', retryable: false });
    expect(api.world.refreshToken).toBe('1000.someone-elses');
    expect([...api.world.live].sort()).toEqual([OLD_TOKEN, '1000.someone-elses'].sort());
    expect(await api.invoke('callers', { action: 'get-invite', id })).toMatchObject({
      ...{ status: 'failed', reason: 'superseded', retryable: false },
    });
  });

  test('are replaced if the refresher has only stored a rotated refresh token', async () => {
    const api = meanwhile('identify', (world) => storeOther(world, { rotated_from: 'version-0' }));

    const { id, page } = await consent(api, { identify: true });

    expect(page).toMatchObject({ kind: 'done', token_live: true });
    expect(api.world.credentialsJson?.invite_id).toBe(id);
    expect(api.world.live.has('1000.someone-elses')).toBe(false);
  });
});

test('a sweep whose clock is a minute ahead ends no consent twice: what the slower process got is revoked', async () => {
  const api = meanwhile('exchange', async (world) => {
    world.nowMs += 61_000;
    await api.invoke('schedule', { action: 'sweep' });
  });

  const { page, token } = await consent(api);

  expect(page).toMatchObject({ kind: 'failed', retryable: true });
  expect([...api.world.live]).toEqual([OLD_TOKEN]);
  expect(api.world.refreshToken).toBe(OLD_TOKEN);
  expect(await api.invoke('pages', { action: 'view', token })).toMatchObject({ kind: 'invite' });
});

test('while a consent is being stored, others are asked to come back', async () => {
  const answers: unknown[] = [];
  const api = meanwhile('exchange', async () => {
    const [[id]] = [...api.world.invites] as [[string, unknown]];
    answers.push(await api.invoke('callers', { action: 'cancel-invite', id }));
    answers.push(await api.invoke('callers', { action: 'reject-invite', id }));
  });

  const { page } = await consent(api);

  expect(answers).toMatchObject([{ error: { code: 'unavailable' } }, { error: { code: 'unavailable' } }]);
  expect(page).toMatchObject({ kind: 'done' });
});
