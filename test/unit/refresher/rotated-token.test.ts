import { describe, expect, test } from 'vitest';
import type { RotatedCredentials } from '../../../lambdas/core/ports.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { parseCredentials } from '../../../lambdas/core/secrets/credentials.ts';
import { findSuccessor, keepRotatedToken } from '../../../lambdas/refresher/rotated-token.ts';
import { activeConnection, credentialsSecret, failureOf, REFRESH_TOKEN } from '../../support/builders.ts';
import { FakeRefresher, MINTED, throws } from './fake-refresher.ts';

const NEW = '1000.rotated-0123456789abcdef.fedcba9876543210';
const USED = { kind: 'found', versionId: 'credentials-1', text: credentialsSecret({ note: 'x' }) } as const;

function accepting(): FakeRefresher {
  const world = new FakeRefresher();
  world.settings = { ...world.settings, acceptRotatedRefreshTokens: true };
  return world;
}

function keep(
  world: FakeRefresher,
  answer: { refreshToken?: string | undefined; accessToken?: Redacted } = {},
) {
  const { refreshToken, accessToken = MINTED.accessToken } = { refreshToken: NEW, ...answer };
  const parsed = parseCredentials(USED.text);
  if (!parsed.ok) throw new Error('The credentials are invalid.');
  const response = {
    ...MINTED,
    accessToken,
    refreshToken: refreshToken === undefined ? undefined : new Redacted(refreshToken),
  };
  const connection = activeConnection({ generation: 8 });
  return keepRotatedToken(world.context, { connection, credentials: parsed.credentials, response }, USED);
}

const notStored = (reason: string, fields: object = {}) => [
  'warn',
  'Zoho sent a new refresh token, which is not stored',
  {
    connection: 'crm-prod',
    change: 'refresh-token',
    ...fields,
    reason: `${reason} The one in the credentials secret is used until Zoho refuses it. Then run: zoho-tokens authorize crm-prod`,
  },
];

const COUNTED = [[{ ContractChanged: 1 }, 'crm-prod']];

describe('a new refresh token in the answer', () => {
  test('is stored with all that the credentials contain, and its version counts', async () => {
    const world = accepting();
    let stored: RotatedCredentials | undefined;
    world.onStoreRotated = (rotated) => {
      stored = rotated;
      return { kind: 'current', versionId: 'credentials-2' };
    };

    expect(await keep(world)).toBe('credentials-2');
    expect(stored).toMatchObject({ connection: 'crm-prod', generation: 8, usedVersionId: 'credentials-1' });
    expect(JSON.parse(stored?.text.reveal() ?? '')).toMatchObject({
      note: 'x',
      refresh_token: NEW,
      rotated_from: 'credentials-1',
    });
    expect(world.metrics).toEqual([]);
    expect(world.logged).toEqual([
      [
        'info',
        'a new refresh token of Zoho is stored',
        { connection: 'crm-prod', credentialsVersionId: 'credentials-2' },
      ],
    ]);
  });

  test.each([undefined, REFRESH_TOKEN])(
    'is none if it is missing or the one in use',
    async (refreshToken) => {
      const world = accepting();

      expect(await keep(world, { refreshToken })).toBe('credentials-1');
      expect({ calls: world.calls, logged: world.logged, metrics: world.metrics }).toEqual({
        calls: [],
        logged: [],
        metrics: [],
      });
    },
  );

  test('is not stored without the setting, which is counted and logged', async () => {
    const world = new FakeRefresher();

    expect(await keep(world)).toBe('credentials-1');
    expect(world.calls).toEqual([]);
    expect(world.metrics).toEqual(COUNTED);
    expect(world.logged).toEqual([notStored('The setting acceptRotatedRefreshTokens is off.')]);
  });

  test.each([
    ['with characters that no token has', 'a refresh token\n', MINTED.accessToken],
    ['of more than 16 KB', 'x'.repeat(16 * 1024 + 1), MINTED.accessToken],
    ['that is the access token as well', NEW, new Redacted(NEW)],
  ])('%s is not stored', async (_, refreshToken, accessToken) => {
    const world = accepting();

    expect(await keep(world, { refreshToken, accessToken })).toBe('credentials-1');
    expect(world.calls).toEqual([]);
    expect(world.metrics).toEqual(COUNTED);
    expect(world.logged).toEqual([notStored('The answer is not credible.')]);
  });

  test('is dropped if an operator has stored other credentials meanwhile', async () => {
    const world = accepting();
    world.onStoreRotated = () => ({ kind: 'superseded' });

    expect(await keep(world)).toBe('credentials-1');
    expect(world.metrics).toEqual(COUNTED);
    expect(world.logged).toEqual([
      notStored('An operator has stored other credentials meanwhile, which count.'),
    ]);
  });

  test('that cannot be stored is reported as lost', async () => {
    const world = accepting();
    world.onStoreRotated = throws('aws_access_denied');

    expect(await keep(world)).toBe('credentials-1');
    expect(world.metrics).toEqual(COUNTED);
    expect(world.logged).toEqual([
      notStored(
        'what aws_access_denied means Unless Secrets Manager has stored it all the same, it is lost.',
        {
          code: 'aws_access_denied',
        },
      ),
    ]);
  });

  test('keeps the access token waiting for 10 seconds at most', async () => {
    const world = accepting();
    const { context } = world;
    const rotatedCredentials = {
      ...context.rotatedCredentials,
      store: (_: unknown, signal: AbortSignal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          world.clock.advance(10_000);
        }),
    };
    const parsed = parseCredentials(USED.text);
    if (!parsed.ok) throw new Error('The credentials are invalid.');
    const response = { ...MINTED, refreshToken: new Redacted(NEW) };
    const minted = {
      connection: activeConnection(),
      credentials: parsed.credentials,
      response,
    };

    await expect(keepRotatedToken({ ...context, rotatedCredentials }, minted, USED)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});

describe('after a refusal', () => {
  const find = (world: FakeRefresher, code: Parameters<typeof failureOf>[0] = 'invalid_code') =>
    findSuccessor(world.context, 'crm-prod', USED, {
      kind: 'refused',
      failure: failureOf(code),
    });

  test('the refresh token that was stored last is used if it replaced the refused one', async () => {
    const world = accepting();
    world.onRecover = () => ({ kind: 'current', versionId: 'credentials-2' });

    expect(await find(world)).toBe('credentials-2');
    expect(world.calls).toEqual(['successor of credentials-1']);
    expect(world.logged).toEqual([
      [
        'info',
        'a stored refresh token of Zoho is used',
        {
          connection: 'crm-prod',
          credentialsVersionId: 'credentials-2',
          reason: 'Zoho refuses the one before it.',
        },
      ],
    ]);
  });

  test.each(['none', 'superseded'] as const)('there is none if the search finds "%s"', async (kind) => {
    const world = accepting();
    world.onRecover = () => ({ kind });

    expect(await find(world)).toBeUndefined();
    expect(world.logged).toEqual([]);
  });

  test('a search that fails is logged, and the refusal stands', async () => {
    const world = accepting();
    world.onRecover = throws('aws_unavailable');

    expect(await find(world)).toBeUndefined();
    expect(world.logged).toEqual([
      [
        'warn',
        'it cannot be checked whether a newer refresh token is stored',
        { connection: 'crm-prod', code: 'aws_unavailable', reason: 'what aws_unavailable means' },
      ],
    ]);
  });

  test.each(['invalid_grant', 'invalid_token'] as const)('with %s it is looked for as well', async (code) => {
    const world = accepting();

    await find(world, code);

    expect(world.calls).toHaveLength(1);
  });

  test.each(['invalid_client', 'throttled', 'server_error', 'malformed_credentials'] as const)(
    'with %s, which is not about the refresh token, it is not looked for',
    async (code) => {
      const world = accepting();

      expect(await find(world, code)).toBeUndefined();
      expect(world.calls).toEqual([]);
    },
  );

  test('that was none it is not looked for', async () => {
    const world = accepting();

    expect(await findSuccessor(world.context, 'crm-prod', USED, MINTED)).toBeUndefined();
    expect(world.calls).toEqual([]);
  });

  test('it is not looked for without the setting', async () => {
    const world = new FakeRefresher();

    expect(await find(world)).toBeUndefined();
    expect(world.calls).toEqual([]);
  });

  test('a bug is thrown', async () => {
    const world = accepting();
    world.onRecover = () => {
      throw new TypeError('bug');
    };

    await expect(find(world)).rejects.toThrow('bug');
  });
});
