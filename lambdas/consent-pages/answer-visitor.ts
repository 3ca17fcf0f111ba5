import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { PageAnswer } from '../core/invites/consent-answers.ts';
import { PAGE_HEADERS } from './page-headers.ts';
import type { Brand } from './pages/brand.ts';
import { renderDocument } from './pages/document.ts';
import { invitePage } from './pages/invite-page.ts';
import type { ShownResult } from './pages/outcome.ts';
import { outcomePage } from './pages/outcome-page.ts';

/** Everything that a visitor can be shown, and a redirect. */
export type ShownAnswer = PageAnswer | ShownResult;

export type HttpAnswer = APIGatewayProxyStructuredResultV2 & { readonly statusCode: number };

const STATUSES: Readonly<Record<ShownAnswer['kind'], number>> = {
  invite: 200,
  redirect: 303,
  done: 200,
  received: 200,
  declined: 200,
  'no-account': 200,
  'too-many': 429,
  'other-browser': 403,
  'foreign-form': 403,
  expired: 410,
  used: 410,
  removed: 410,
  failed: 400,
  unknown: 404,
  unavailable: 503,
};

/** `inviteUrl`: of the invite that the request named. */
export function answerVisitor(
  answer: ShownAnswer,
  brand: Brand,
  { cookie, inviteUrl }: { readonly cookie?: string; readonly inviteUrl?: string } = {},
): HttpAnswer {
  const statusCode = STATUSES[answer.kind];
  const cookies = cookie === undefined ? {} : { cookies: [cookie] };
  if (answer.kind === 'redirect')
    return { statusCode, headers: { ...PAGE_HEADERS, location: answer.url }, ...cookies, body: '' };
  const content =
    answer.kind === 'invite' ? invitePage(answer, brand) : outcomePage(answer, brand, inviteUrl);
  const retryAfter = statusCode === 503 ? { 'retry-after': '60' } : {};
  return {
    statusCode,
    headers: { ...PAGE_HEADERS, ...retryAfter },
    ...cookies,
    body: renderDocument(content, brand),
  };
}
