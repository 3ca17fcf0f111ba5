import { createInvite } from '../../../lambdas/consent-api/create-invite.ts';
import { completeInvite, rejectInvite } from '../../../lambdas/consent-api/manage-invite.ts';
import { receiveCallback } from '../../../lambdas/consent-api/receive-callback.ts';
import { beginConsent } from '../../../lambdas/consent-api/visit-invite.ts';
import type {
  ConsentContext,
  ConsentPorts,
  ConsentSettings,
} from '../../../lambdas/core/invites/consent-ports.ts';
import { CLIENT, CONNECTION, type ConsentWorld } from './consent-world.ts';

export const SETTINGS: ConsentSettings = {
  secretPrefix: 'zoho',
  baseUrl: 'https://connect.example',
  displayName: 'Acme Support',
  returnUrls: ['https://app.example/'],
  inviteHours: 72,
  confirm: 'mismatch',
  announcesEmail: false,
};
export const BROWSER = 'b'.repeat(43);

/** One way of an invite, from its callback to its end. */
export interface Story {
  readonly name: string;
  readonly isNew?: boolean;
  readonly invite: object;
  readonly settings?: Partial<ConsentSettings>;
  /** What happens after the callback, each in a process of its own. */
  readonly after: readonly ((context: ConsentContext, id: string, session: string) => Promise<unknown>)[];
}

const platform = { mode: 'platform', subject: 'user-1', return_url: 'https://app.example/done' };

export const STORIES: readonly Story[] = [
  { name: 'new credentials for a connection', invite: {}, after: [] },
  { name: 'a new connection', isNew: true, invite: { create: true, data_center: 'eu' }, after: [] },
  {
    name: 'the customer of a platform',
    isNew: true,
    invite: { ...platform, create: true, data_center: 'eu' },
    after: [(context, id, session) => completeInvite(context, { id, subject: 'user-1', session })],
  },
  {
    name: 'a confirmation',
    invite: { mode: 'confirm' },
    after: [(context, id) => completeInvite(context, { id })],
  },
  {
    name: 'a rejection',
    invite: { mode: 'confirm' },
    after: [(context, id) => rejectInvite(context, id)],
  },
  { name: 'no confirmation', invite: { mode: 'confirm' }, after: [] },
  {
    name: 'the wrong person',
    invite: { expect: { email: 'other@acme.example' } },
    settings: { confirm: 'never' },
    after: [],
  },
];

/** A visitor of an invite who has come back from Zoho. */
export interface Visit {
  readonly id: string;
  readonly query: string;
}

export function contextOf(ports: ConsentPorts, { settings = {} }: Story): ConsentContext {
  return { ...ports, settings: { ...SETTINGS, ...settings }, deadline: new AbortController().signal };
}

/** Everything until the browser comes back: nothing exists at Zoho yet. */
export async function visit(world: ConsentWorld, story: Story): Promise<Visit> {
  const context = contextOf(world.ports, story);
  const request = {
    action: 'create-invite',
    connection: CONNECTION,
    client: CLIENT,
    scopes: ['ZohoCRM.modules.ALL'],
  };
  const invite = { ...request, ...story.invite } as Parameters<typeof createInvite>[1];
  const { id, url } = await createInvite(context, invite, undefined);
  const token = url.split('/i/')[1] ?? '';
  const sent = await beginConsent(context, { token, browser: BROWSER });
  const state = sent.kind === 'redirect' ? (new URL(sent.url).searchParams.get('state') ?? '') : '';
  world.nowMs += 30_000;
  return { id, query: `code=${world.issueCode()}&state=${state}&location=eu` };
}

/** The rest of the story: the callback, and what follows. */
export async function tell(context: ConsentContext, story: Story, { id, query }: Visit): Promise<void> {
  const page = await receiveCallback(context, { query, browser: BROWSER });
  const session = page.kind === 'redirect' ? (new URL(page.url).searchParams.get('session') ?? '') : '';
  for (const step of story.after) await step(context, id, session);
}
