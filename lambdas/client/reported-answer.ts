import { type ApiVerdict, judgeApiAnswer } from '../core/zoho/api-rejections.ts';
import { MAX_JUDGED_BYTES } from './api-answer.ts';
import { invalidArgument } from './call-options.ts';
import { kindOf } from './rejection-memory.ts';

/**
 * An answer that another HTTP client got from Zoho.
 *
 * @example
 * const answer: ReportedAnswer = { status: 401, url: 'https://www.zohoapis.eu/crm/v8/Leads', body: response.data };
 */
export interface ReportedAnswer {
  /** HTTP status. */
  readonly status: number;
  /** URL of the request. */
  readonly url: string | URL;
  /** Body as text, bytes or parsed JSON. */
  readonly body?: unknown;
}

/** The verdict about an answer that is reported, and the kind of its call. Throws `invalid_argument`. */
export function judgeReported(answer: ReportedAnswer | undefined): { verdict: ApiVerdict; kind: string } {
  // Only the caller knows why it takes the answer for a rejection.
  if (answer === undefined) return { verdict: 'ambiguous', kind: kindOfReported(undefined) };
  const { status, body } = Object(answer) as Partial<ReportedAnswer>;
  if (!(typeof status === 'number' && status >= 100 && status <= 599))
    throw invalidArgument('answer.status must be the HTTP status of the answer');
  const url = urlOf(answer.url);
  const verdict = judgeApiAnswer({
    status,
    body: textOf(body).slice(0, MAX_JUDGED_BYTES),
    url,
  });
  return { verdict, kind: kindOfReported(url) };
}

/** Reported calls have no method. */
export function kindOfReported(url: string | URL | undefined): string {
  return url === undefined ? '' : kindOf('', urlOf(url));
}

export function isReportedKind(kind: string): boolean {
  return kind === '' || kind.startsWith('/');
}

function urlOf(url: unknown): URL {
  const text = url instanceof URL ? url.href : url;
  if (typeof text === 'string' && URL.canParse(text)) return new URL(text);
  throw invalidArgument('url must be the absolute URL of the request, such as response.url (value omitted)');
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof ArrayBuffer || body instanceof Uint8Array) return new TextDecoder().decode(body);
  try {
    return JSON.stringify(body) ?? '';
  } catch {
    // A stream or another object that is not JSON says nothing about the token.
    return '';
  }
}
