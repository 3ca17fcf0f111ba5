import type { Page } from 'playwright-core';
import { answerVisitor, type ShownAnswer } from '../../lambdas/consent-pages/answer-visitor.ts';
import type { Brand } from '../../lambdas/consent-pages/pages/brand.ts';

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="9" fill="#0b5d4e"/><path d="M11 29L20 10l9 19h-5l-4-9-4 9z" fill="#fff"/></svg>`;

export const SAMPLE_BRAND: Brand = {
  displayName: 'Acme Reports',
  host: 'connect.acme.example',
  logo: `data:image/svg+xml;base64,${Buffer.from(LOGO).toString('base64')}`,
};

const invite = {
  kind: 'invite',
  connection: 'crm-northwind',
  label: 'Acme Support, Jo Lang',
  display_name: SAMPLE_BRAND.displayName,
  client_id_host: 'accounts.zoho.eu',
  scopes: ['ZohoCRM.modules.leads.READ', 'ZohoCRM.users.READ', 'Desk.tickets.ALL', 'AaaServer.profile.READ'],
  mode: 'direct',
  expires_at: '2026-11-29T16:00:00.000Z',
} as const satisfies ShownAnswer;

const connection = invite.connection;

/** Every page, with usual texts. */
export const SAMPLE_PAGES: Readonly<Record<string, ShownAnswer>> = {
  invite: {
    ...invite,
    expects: { email: 'admin@northwind.example', data_center: 'eu' },
    account_host: 'accounts.zoho.eu',
  },
  'invite-confirm': {
    ...invite,
    mode: 'confirm',
    expects: { email_domain: 'northwind.example', org_id: '20089001' },
  },
  'invite-platform': { ...invite, mode: 'platform' },
  done: {
    kind: 'done',
    connection,
    consented_by: 'admin@northwind.example',
    org_name: 'Northwind Traders',
    token_live: true,
  },
  'done-later': { kind: 'done', connection, token_live: false },
  received: {
    kind: 'received',
    connection,
    consented_by: 'admin@northwind.example',
    org_name: 'Northwind Traders',
  },
  declined: { kind: 'declined', connection },
  'no-account': { kind: 'no-account', connection, products: ['ZohoCRM', 'Desk'] },
  'too-many': { kind: 'too-many', connection },
  'other-browser': { kind: 'other-browser' },
  'foreign-form': { kind: 'foreign-form' },
  expired: { kind: 'expired' },
  used: { kind: 'used' },
  removed: { kind: 'removed' },
  'failed-retryable': { kind: 'failed', connection, reason: 'zoho_unavailable', retryable: true },
  failed: { kind: 'failed', connection, reason: 'connection_removed', retryable: false },
  unknown: { kind: 'unknown' },
  unavailable: { kind: 'unavailable' },
};

const MARKUP = '</title></style><script>alert(1)</script><img src=x onerror=alert(1)>"\'&amp;';
/** Right-to-left override, isolate and mark, zero-width space, tag characters, a line break. */
const DIRECTIONS = '\u202egro.live\u202c \u2067\u05d0\u05d1\u2069 \u200f\u200bx\u{e0041}\nsecond line';
const LONG = 'Bundesvereinigungsgesellschaft'.repeat(12);

export const HOSTILE_BRAND: Brand = { ...SAMPLE_BRAND, displayName: `${MARKUP} ${DIRECTIONS} ${LONG}` };

/** The pages that show texts from outside, with the worst ones. */
export const HOSTILE_PAGES: Readonly<Record<string, ShownAnswer>> = {
  'hostile-invite': {
    ...invite,
    connection: 'production_customer_relationship_management_of_the_headquarters1',
    label: `${MARKUP}${DIRECTIONS}`,
    client_id_host: MARKUP,
    scopes: [
      MARKUP,
      LONG,
      `ZohoCRM.modules.${LONG}.READ`,
      ...Array.from({ length: 25 }, (_, n) => `ZohoCRM.modules.custom_module_${n}.READ`),
    ],
    mode: 'platform',
    expects: { email: `${MARKUP}@${LONG}`, email_domain: DIRECTIONS, org_id: MARKUP },
    expires_at: MARKUP,
  },
  'hostile-done': {
    kind: 'done',
    connection: MARKUP,
    consented_by: `${DIRECTIONS}${MARKUP}@${LONG}`,
    org_name: `${LONG} ${MARKUP}`,
    token_live: true,
  },
  'hostile-failed': { kind: 'failed', connection: LONG, reason: `${MARKUP}` as 'mismatch', retryable: true },
  'hostile-no-account': { kind: 'no-account', connection: MARKUP, products: [MARKUP, LONG] },
};

export const ALL_PAGES = { ...SAMPLE_PAGES, ...HOSTILE_PAGES };

/** What the function answers with a sample. */
export function answerSample(name: string): ReturnType<typeof answerVisitor> {
  const sample = ALL_PAGES[name];
  if (sample === undefined) throw new Error(`There is no page ${name}.`);
  return answerVisitor(sample, name in HOSTILE_PAGES ? HOSTILE_BRAND : SAMPLE_BRAND, {
    inviteUrl: '/i/invite',
  });
}

/** Shows a sample in a browser, with its headers: the policy applies. */
export async function showSample(page: Page, name: string): Promise<void> {
  const url = `https://${SAMPLE_BRAND.host}/${name}`;
  const { statusCode, headers = {}, body = '' } = answerSample(name);
  await page.route(url, (route) =>
    route.fulfill({ status: statusCode, headers: headers as Record<string, string>, body }),
  );
  await page.goto(url);
}
