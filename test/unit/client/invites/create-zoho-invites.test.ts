import { afterEach, describe, expect, it, vi } from 'vitest';
import { createZohoInvites, ZohoInvitesError } from '../../../../lambdas/client/index.ts';

const TARGET = 'arn:aws:lambda:eu-west-1:111122223333:function:consent:callers';
const ID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** A Lambda that returns an answer, or fails, and keeps what it was asked. */
function lambdaThat(answer: object | (() => never), output: object = {}) {
  const asked: { target: string; event: unknown }[] = [];
  const send = ({ input }: { readonly input: object }) => {
    const { FunctionName: target, Payload } = input as { FunctionName: string; Payload: string };
    asked.push({ target, event: JSON.parse(Payload) });
    if (typeof answer === 'function') answer();
    return Promise.resolve({ ...output, Payload: new TextEncoder().encode(JSON.stringify(answer)) });
  };
  return { asked, lambdaClient: { send } };
}

afterEach(() => vi.unstubAllEnvs());

describe('a request', () => {
  it('has the names of the contract, and no field that is not given', async () => {
    const { asked, lambdaClient } = lambdaThat({
      id: ID,
      url: 'https://x/i/y',
      expires_at: '2026-01-05T09:00:00.000Z',
    });

    const created = await createZohoInvites({ target: TARGET, lambdaClient }).create({
      ...{
        connection: 'crm-acme',
        client: 'acme-app',
        create: true,
        dataCenter: 'eu',
        scopes: ['ZohoCRM.modules.ALL'],
      },
      ...{ mode: 'platform', subject: 'user-7', returnUrl: 'https://app.example.com/zoho', label: undefined },
      ...{ expect: { emailDomain: 'acme.example' }, expiresInSeconds: 3600, idempotencyKey: 'k' },
    });

    expect(asked).toEqual([
      {
        target: TARGET,
        event: {
          action: 'create-invite',
          ...{
            connection: 'crm-acme',
            client: 'acme-app',
            create: true,
            data_center: 'eu',
            scopes: ['ZohoCRM.modules.ALL'],
          },
          ...{ mode: 'platform', subject: 'user-7', return_url: 'https://app.example.com/zoho' },
          ...{ expect: { email_domain: 'acme.example' }, expires_in_seconds: 3600, idempotency_key: 'k' },
        },
      },
    ]);
    expect(created).toEqual({ id: ID, url: 'https://x/i/y', expiresAt: new Date('2026-01-05T09:00:00Z') });
  });

  it('of each method is the action of the contract', async () => {
    const { asked, lambdaClient } = lambdaThat({ invites: [] });
    const invites = createZohoInvites({ target: TARGET, lambdaClient });

    await invites.get(ID);
    await invites.list({ connection: 'crm-acme' });
    await invites.complete(ID, { subject: 'user-7', session: 's' });
    await invites.complete(ID);
    await invites.reject(ID);
    await invites.cancel(ID);

    expect(asked.map(({ event }) => event)).toEqual([
      { action: 'get-invite', id: ID },
      { action: 'list-invites', connection: 'crm-acme' },
      { action: 'complete-invite', id: ID, subject: 'user-7', session: 's' },
      { action: 'complete-invite', id: ID },
      { action: 'reject-invite', id: ID },
      { action: 'cancel-invite', id: ID },
    ]);
  });
});

it('an answer has names in camel case, and dates', async () => {
  const { lambdaClient } = lambdaThat({
    ...{ id: ID, status: 'authorized', created_at: '2026-01-05T09:00:00.000Z', old_refresh_token: 'none' },
    ...{ consented_by: { zuid: '7', org_name: 'Acme' }, may_have_ended: ['crm-old'], token_live: true },
  });

  expect(await createZohoInvites({ target: TARGET, lambdaClient }).get(ID)).toEqual({
    ...{ id: ID, status: 'authorized', createdAt: new Date('2026-01-05T09:00:00Z'), oldRefreshToken: 'none' },
    ...{ consentedBy: { zuid: '7', orgName: 'Acme' }, mayHaveEnded: ['crm-old'], tokenLive: true },
  });
});

describe('a refusal', () => {
  it('is an error with its code and the next step', async () => {
    const error = {
      code: 'wrong_subject',
      message: 'It is of another user.',
      next_step: 'Sign in as that user.',
    };
    const { lambdaClient } = lambdaThat({ error });

    const failed = createZohoInvites({ target: TARGET, lambdaClient }).complete(ID, {
      subject: 'eve',
      session: 's',
    });

    await expect(failed).rejects.toBeInstanceOf(ZohoInvitesError);
    await expect(failed).rejects.toMatchObject({
      code: 'wrong_subject',
      message: 'It is of another user. Sign in as that user.',
      nextStep: 'Sign in as that user.',
    });
  });

  it.each([
    ['AccessDeniedException', 'not_allowed', 'Allow this process lambda:InvokeFunction on it.'],
    ['TooManyRequestsException', 'unavailable', 'Nothing is lost: repeat the request.'],
  ])('%s of Lambda is %s', async (name, code, message) => {
    const { lambdaClient } = lambdaThat(() => {
      throw Object.assign(new Error('secret text'), { name });
    });

    const failed = createZohoInvites({ target: TARGET, lambdaClient }).get(ID);

    await expect(failed).rejects.toMatchObject({ code });
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.not.toThrow('secret text');
  });

  it('is what a crash of the function is too', async () => {
    const { lambdaClient } = lambdaThat({ errorMessage: 'x' }, { FunctionError: 'Unhandled' });

    await expect(createZohoInvites({ target: TARGET, lambdaClient }).get(ID)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

it('the function is that of the environment, which grantInvite sets', async () => {
  vi.stubEnv('ZOHO_CONSENT_TARGET', TARGET);
  const { asked, lambdaClient } = lambdaThat({});

  await createZohoInvites({ lambdaClient }).get(ID);

  expect(asked[0]?.target).toBe(TARGET);
});

it('without a function, the error says where to get it', () => {
  expect(() => createZohoInvites()).toThrow('Use zoho.grantInvite(fn), which sets ZOHO_CONSENT_TARGET');
});
