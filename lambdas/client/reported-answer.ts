import { type ApiVerdict, judgeApiAnswer } from '../core/zoho/api-rejections.ts';
import { kindOf } from './rejection-memory.ts';
import { checkArgument, type Rule } from './rules.ts';

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

const STATUS: Rule = [
  'an HTTP status',
  (status) => typeof status === 'number' && status >= 100 && status <= 599,
];
const URL_OF_REQUEST: Rule = ['an absolute URL', (url) => URL.canParse(String(url))];

/** The verdict about an answer that is reported, and the kind of its call. Throws `invalid_argument`. */
export const judgeReported = (answer: ReportedAnswer | undefined): { verdict: ApiVerdict; kind: string } => {
  // Only the caller knows why it takes the answer for a rejection.
  if (answer === undefined) return { verdict: 'ambiguous', kind: '' };
  const { status, url, body } = Object(answer) as ReportedAnswer;
  checkArgument('answer.status', STATUS, status);
  const kind = kindOfReported(url);
  return { verdict: judgeApiAnswer({ status, body: textOf(body), url: new URL(url) }), kind };
};

/** Reported calls have no method. */
export const kindOfReported = (url: string | URL): string => {
  checkArgument('url', URL_OF_REQUEST, url);
  return kindOf('', new URL(url));
};

export const isReportedKind = (kind: string): boolean => kind === '' || kind.startsWith('/');

const textOf = (body: unknown): string => {
  if (typeof body === 'string') return body;
  if (body instanceof ArrayBuffer || body instanceof Uint8Array) return new TextDecoder().decode(body);
  try {
    return JSON.stringify(body) ?? '';
  } catch {
    // A stream or another object that is not JSON says nothing about the token.
    return '';
  }
};
