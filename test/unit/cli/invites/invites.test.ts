import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { composeInviteMessage } from '../../../../cli/invites/invite-message.ts';
import {
  type InviteOptions,
  parseInviteOptions,
  parseLifetime,
} from '../../../../cli/invites/invite-options.ts';
import { isUsable, nextStepOf } from '../../../../cli/invites/next-step.ts';
import { renderInvites } from '../../../../cli/invites/render-invites.ts';
import type { InviteView } from '../../../../lambdas/core/invites/consent-requests.ts';
import { anInvite } from './an-invite.ts';

const NOW_MS = Date.parse('2026-01-05T11:00:00.000Z');
const render = (...invites: InviteView[]) =>
  renderInvites(invites, { colors: picocolors.createColors(false), nowMs: NOW_MS });

describe('the options of invite', () => {
  const parse = (options: Partial<InviteOptions>, name = 'crm-acme') =>
    parseInviteOptions(name, { scope: [], ...options });

  it.each<[what: string, options: Partial<InviteOptions>, says: string]>([
    ['--create without scopes', { create: true, dataCenter: 'eu' }, '--create needs'],
    ['an address that is none', { expectEmail: 'admin' }, '--expect-email must be an email address'],
    ['a domain that is none', { expectDomain: 'acme' }, '--expect-domain must be a domain'],
    ['an organization that is none', { expectOrg: 'Acme' }, '--expect-org must be the digits'],
    ['more than a week', { expires: 604_801 }, '--expires, in seconds, must be at most 604800'],
    ['less than a minute', { expires: 59 }, '--expires, in seconds, must be at least 60'],
    ['a label of 81 characters', { label: 'x'.repeat(81) }, '--label must be one line'],
    ['a label of two lines', { label: 'Acme\nSupport' }, '--label must be one line'],
    ['a client that has no valid name', { client: 'a/b' }, 'not the name of a client'],
  ])('refuse %s', (_, options, says) => {
    expect(() => parse(options)).toThrow(says);
    expect(() => parse(options)).toThrow(expect.objectContaining({ exitCode: 2 }) as Error);
  });

  it('refuse a link as the name of the connection, without showing it', () => {
    expect(() => parse({}, 'https://connect.example.com/i/x.secret')).toThrow(/value omitted/);
  });

  it('accept a domain with or without @', () => {
    const domains = ['acme.example', '@acme.example'].map((expectDomain) => parse({ expectDomain }).expect);

    expect(domains).toEqual([{ email_domain: 'acme.example' }, { email_domain: 'acme.example' }]);
  });

  it.each([
    ['90m', 5_400],
    ['72h', 259_200],
    ['3d', 259_200],
  ])('read %s as %i seconds', (text, seconds) => {
    expect(parseLifetime(text)).toBe(seconds);
  });

  it.each(['72', 'h', '-1h', '1.5h', '1w', '1e3h'])('refuse %s as a duration', (text) => {
    expect(() => parseLifetime(text)).toThrow('such as 72h');
  });
});

describe('the message to send', () => {
  const url = 'https://connect.example.com/i/id.secret';
  const compose = (expected: Parameters<typeof composeInviteMessage>[0]['expect']) =>
    composeInviteMessage({
      ...{ connection: 'crm-acme', url, expiresAt: '2026-01-08T09:00:00.000Z', expect: expected },
    });

  it('has the link once, and says until when it works', () => {
    expect(compose({}).split(url)).toHaveLength(2);
    expect(compose({})).toContain('works until 2026-01-08 09:00 UTC');
  });

  it('says as whom to sign in, and for which organization', () => {
    expect(compose({ email: 'admin@acme.example' })).toContain('sign in at Zoho as admin@acme.example');
    expect(compose({ emailDomain: 'acme.example' })).toContain('whose address ends in @acme.example');
    expect(compose({ orgId: '42' })).toContain('the production organization (number 42)');
    expect(compose({})).toContain('the user whom the connection works for');
  });
});

describe('the list of invites', () => {
  it('has one line for an invite, with who invited and how long the link works', () => {
    const [head, line, nextStep] = render(anInvite()).split('\n');

    expect(head).toBe('connection  state  client    invited         link      id');
    expect(line).toBe('crm-acme    open   acme-app  2 h ago by ann  3 d left  AAAAAAAAAAAAAAAAAAAAAA');
    expect(nextStep).toContain('zoho-tokens cancel AAAAAAAAAAAAAAAAAAAAAA');
  });

  it('shows what Zoho and callers say on one line each', () => {
    const text = render(
      anInvite({
        ...{
          status: 'failed',
          retryable: false,
          reason: 'client_refused',
          message: 'One\nTwo',
          label: 'Acme\u202e',
        },
        consented_by: { zuid: '7', org_name: 'Acme\u001b[2J', org_id: '42' },
      }),
    );

    expect(text).toContain('invited as: Acme\n');
    expect(text).toContain('consented: Zoho user 7 of Acme [2J (42)\n');
    expect(text).toContain('client_refused: One Two');
  });
});

describe('what to do next', () => {
  it.each<[fact: string, changes: Partial<InviteView>, says: string | undefined]>([
    ['confirm what waits', { status: 'awaiting' }, 'zoho-tokens confirm AAAAAAAAAAAAAAAAAAAAAA'],
    ['or reject it', { status: 'awaiting' }, 'zoho-tokens reject AAAAAAAAAAAAAAAAAAAAAA'],
    ['also one of a platform', { status: 'awaiting', mode: 'platform' }, 'zoho-tokens confirm'],
    ['nothing once it is authorized', { status: 'authorized', token_live: true }, undefined],
    ['look at a token that is not live', { status: 'authorized', token_live: false }, 'doctor crm-acme'],
    [
      'revoke what is left',
      { status: 'authorized', old_refresh_token: 'left', token_live: true },
      'revoke crm-acme --unused',
    ],
    ['nothing about what is revoked later', { status: 'authorized', old_refresh_token: 'held' }, undefined],
    [
      'look at a connection that may have ended',
      { status: 'authorized', may_have_ended: ['crm-old', 'crm-older'] },
      'may have ended crm-old, crm-older. Run: zoho-tokens doctor crm-old',
    ],
    ['nothing while the link works', { status: 'failed', retryable: true }, undefined],
    ['invite again after a failure', { status: 'failed', retryable: false }, 'zoho-tokens invite crm-acme'],
    ['invite again after the time', { status: 'expired' }, 'zoho-tokens invite crm-acme'],
    ['put a hyphen behind --', { id: `-${'A'.repeat(21)}` }, `zoho-tokens cancel -- -${'A'.repeat(21)}`],
  ])('%s', (_, changes, says) => {
    const step = nextStepOf(anInvite(changes));

    if (says === undefined) expect(step).toBeUndefined();
    else expect(step).toContain(says);
  });

  it('a link works while the invite is open, declined, or failed for now', () => {
    const usable = (['open', 'declined', 'expired', 'cancelled', 'authorized', 'awaiting'] as const).filter(
      (status) => isUsable(anInvite({ status })),
    );

    expect(usable).toEqual(['open', 'declined']);
    expect(isUsable(anInvite({ status: 'failed', retryable: true }))).toBe(true);
    expect(isUsable(anInvite({ status: 'failed' }))).toBe(false);
  });
});

it('does not say to revoke the earlier authorization while no token is live: it may be needed again', () => {
  const step = nextStepOf(anInvite({ status: 'authorized', old_refresh_token: 'left', token_live: false }));

  expect(step).toBe('No token was live at the end. Run: zoho-tokens doctor crm-acme');
});
