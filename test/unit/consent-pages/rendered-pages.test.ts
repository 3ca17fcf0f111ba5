import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { answerVisitor } from '../../../lambdas/consent-pages/answer-visitor.ts';
import { PAGE_KINDS } from '../../../lambdas/core/invites/consent-answers.ts';
import { FAILURE_REASONS } from '../../../lambdas/core/invites/invite-status.ts';
import {
  ALL_PAGES,
  answerSample,
  HOSTILE_PAGES,
  SAMPLE_BRAND,
  SAMPLE_PAGES,
} from '../../support/consent-page-samples.ts';

/** The only elements of a page. None of them runs anything, and none loads anything but `img` and `link`. */
const ELEMENTS =
  'a bdi body button code dd dl dt footer form h1 h2 h3 head header html img li link main meta ol p path span style svg time title ul wbr'.split(
    ' ',
  );
const ATTRIBUTES =
  'alt aria-hidden charset class content d datetime fill height href lang method name rel src stroke stroke-width viewBox width'.split(
    ' ',
  );

describe.each(Object.keys(ALL_PAGES))('the page %s', (name) => {
  const { body = '', headers = {} } = answerSample(name);

  test('has a language, a title, one main landmark, one first heading, and no other markup than ours', () => {
    const tags = tagsOf(body);

    expect(body).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(body.match(/<title>[^<]+ · [^<]+<\/title>/g)).toHaveLength(1);
    for (const element of ['main', 'h1', 'header', 'title', 'style'])
      expect(
        tags.filter((tag) => tag.name === element),
        element,
      ).toHaveLength(1);
    expect(tags.map((tag) => tag.name).filter((tag) => !ELEMENTS.includes(tag))).toEqual([]);
    expect(tags.flatMap((tag) => tag.attributes).filter((each) => !ATTRIBUTES.includes(each))).toEqual([]);
  });

  test('loads nothing, and its only style is the one that the policy names', () => {
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(body) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    const sources = [...body.matchAll(/ (?:src|href)="([^"]*)"/g)].map(([, source]) => source);

    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; frame-ancestors 'none'; base-uri 'none'`,
    );
    expect(sources.filter((source) => !/^(data:|\/i\/invite$)/.test(source ?? ''))).toEqual([]);
  });

  test('has no character that changes the direction of the text around it, or that cannot be seen', () => {
    expect(body).not.toMatch(/\p{Bidi_Control}|[\u200b\u{e0041}]/u);
    expect(body.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

test('every page has a title and a heading of its own', () => {
  const bodies = Object.keys(SAMPLE_PAGES).map((name) => answerSample(name).body ?? '');
  const different = (pattern: RegExp) => new Set(bodies.map((body) => pattern.exec(body)?.[1])).size;

  // Three invites, two kinds of "done" and two of "failed" share theirs.
  expect(different(/<title>(.*?)<\/title>/)).toBe(bodies.length - 4);
  expect(different(/<h1[^>]*>([\s\S]*?)<\/h1>/)).toBe(bodies.length - 4);
});

test('there is a sample of every page that ConsentApi can answer with', () => {
  const kinds = new Set(Object.values(SAMPLE_PAGES).map(({ kind }) => kind));

  expect([...PAGE_KINDS, 'invite'].filter((kind) => !kinds.has(kind as 'invite'))).toEqual([]);
});

test('texts from outside are bounded', () => {
  const sizes = Object.keys(HOSTILE_PAGES).map((name) => answerSample(name).body?.length ?? 0);

  expect(Math.max(...sizes)).toBeLessThan(30_000);
});

describe('the page of an invite', () => {
  const text = textOf(answerSample('invite').body);

  test('says who asks for what, where to sign in, until when, and how to revoke', () => {
    expect(text).toContain('Acme Reports asks for access to your Zoho account');
    expect(text).toContain('This invite was sent by Acme Support, Jo Lang.');
    expect(text).toContain('Zoho CRM Read records of the module Leads ZohoCRM.modules.leads.READ');
    expect(text).toContain('Zoho Desk Read, create, change and delete tickets Desk.tickets.ALL');
    expect(text).toContain('You sign in at accounts.zoho.eu.');
    expect(text).toContain('You can use this link until 29 November 2026 at 16:00 UTC.');
    expect(text).toContain('If you do not expect this Close this page.');
    expect(text).toContain('Sign in at accounts.zoho.eu, open Sessions, scroll down to Connected Apps');
  });

  test.each([
    ['invite', 'Sign in as admin@northwind.example.'],
    [
      'invite-confirm',
      'Sign in with an address at northwind.example. Choose the organization with the number 20089001.',
    ],
  ])('%s names the account that is expected', (name, sentence) => {
    expect(textOf(answerSample(name).body)).toContain(sentence);
  });

  test('asks for no particular account if none is expected', () => {
    expect(textOf(answerSample('invite-platform').body)).not.toContain('Which account');
  });

  test.each([
    ['invite', 'back to connect.acme.example, which shows that it worked.'],
    ['invite-confirm', 'The access begins when someone at Acme Reports has confirmed it.'],
    ['invite-platform', 'and from there to Acme Reports, where you are signed in.'],
  ])('%s says how it ends', (name, sentence) => {
    expect(textOf(answerSample(name).body)).toContain(sentence);
  });
});

describe('a failure', () => {
  const shown = (reason: string, retryable: boolean) =>
    textOf(
      answerVisitor(
        { kind: 'failed', connection: 'crm', reason: reason as 'mismatch', retryable },
        SAMPLE_BRAND,
        {
          inviteUrl: '/i/invite',
        },
      ).body,
    );

  test.each(FAILURE_REASONS)('%s is explained, and its code shown', (reason) => {
    expect(shown(reason, true)).toContain(`Error code ${reason}`);
    expect(shown(reason, true)).not.toContain('Something went wrong');
  });

  test('of a newer version is shown with general words', () => {
    expect(shown('new_reason', true)).toContain('Something went wrong at Acme Reports or at Zoho.');
  });

  test('that cannot be repeated asks for a new invite and does not lead back', () => {
    expect(shown('mismatch', false)).toContain('Ask Acme Reports for a new invite.');
    expect(shown('mismatch', false)).not.toContain('Open the invite again');
    expect(shown('mismatch', true)).toContain('Open the invite again');
  });
});

interface Tag {
  readonly name: string;
  readonly attributes: readonly string[];
}

/** The opening tags. Quoted values may hold anything but a quote. */
function tagsOf(html: string): Tag[] {
  return [...html.matchAll(/<([a-z]\w*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/gi)].map(
    ([, name = '', rest = '']) => ({
      name,
      attributes: [...rest.matchAll(/([\w-]+)(?:="[^"]*")?/g)].map(([, attribute = '']) => attribute),
    }),
  );
}

function textOf(html = ''): string {
  const [, main = ''] = /<main>([\s\S]*)<\/main>/.exec(html) ?? [];
  return main
    .replace(/<wbr>|<\/?(bdi|code|time|span)[^>]*>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
