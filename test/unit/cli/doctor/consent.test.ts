import { expect, test } from 'vitest';
import { judgeInvites, judgePages } from '../../../../cli/doctor/consent.ts';
import { ConsentApiError } from '../../../../cli/invites/consent-api.ts';
import { anInvite } from '../invites/an-invite.ts';
import { denied, finding, read } from './findings.ts';

const CONSENT = { target: 'ConsentApi', url: 'https://connect.example.com', tableName: 'Consents' };
const pages = (status: number, isPage = true) => judgePages(CONSENT, { kind: 'answered', status, isPage });

const invites = (answer: Parameters<typeof judgeInvites>[1], clients: readonly string[] = ['acme-app']) =>
  judgeInvites('crm-acme', answer, (name) => Promise.resolve(clients.includes(name)));

test.each([
  ['that do not know an unknown link pass', pages(404), finding('pass', 'answer at connect.example.com')],
  [
    'that cannot be reached fail',
    judgePages(CONSENT, { kind: 'unreachable' }),
    finding('fail', 'cannot be reached', 'DNS record of connect.example.com'),
  ],
  ['that answer with no page fail', pages(404, false), finding('fail', '(HTTP 404)', 'DNS record')],
  ['of another server fail', pages(200), finding('fail', '(HTTP 200)')],
  ['without a mapped domain fail', pages(403, false), finding('fail', '(HTTP 403)')],
  [
    'without an address fail',
    judgePages({ ...CONSENT, url: 'nonsense' }, { kind: 'unreachable' }),
    finding('fail', 'consent-url', 'Deploy again'),
  ],
  ['that are overloaded fail', pages(429, false), finding('fail', 'overloaded', 'ConsentThrottled.md')],
])('consent pages %s', (_, actual, expected) => {
  expect(actual).toEqual(expected);
});

test('that the redirect URI cannot be checked is said', () => {
  expect(pages(404).details).toEqual([
    'each client needs the redirect URI https://connect.example.com/callback at Zoho; that cannot be checked from here',
  ]);
});

test.each([
  ['none passes', read([]), finding('pass', 'no invite is open')],
  ['an open one passes', read([anInvite()]), finding('pass', '1 open invite')],
  [
    'one that waits for an operator fails',
    read([anInvite({ status: 'awaiting', consented_by: { email: 'bob@other.example' } })]),
    finding('fail', 'bob@other.example consented', 'zoho-tokens confirm'),
  ],
  [
    'an open one without its client fails',
    read([anInvite({ client: 'gone' })]),
    finding('fail', 'need the client gone', 'zoho-tokens cancel crm-acme --all'),
  ],
  [
    'without permission is unknown',
    denied('lambda:InvokeFunction'),
    finding('unknown', '', 'You have no permission for lambda:InvokeFunction.'),
  ],
  [
    'a function that fails is a failure',
    { kind: 'failed', error: new ConsentApiError(undefined, 'It failed.', 'Read its log.') } as const,
    finding('fail', 'It failed.', 'Read its log.'),
  ],
])('of the invites, %s', async (_, answer, expected) => {
  expect(await invites(answer)).toEqual(expected);
});
