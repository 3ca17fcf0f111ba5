import type { Delivery } from '../../sandbox/zoho/delivery.ts';
import type { Settlement } from '../../sandbox/zoho/token-service.ts';

/** The kind of Zoho's answer. */
export type AnswerKind = 'definite-refusal' | 'throttle' | 'unusable-token' | 'other';

/** Longer tokens are not published. */
const LONGEST_TOKEN = 16 * 1024;

const DEFINITE: readonly Settlement['outcome'][] = [
  'invalid_client',
  'invalid_client_secret',
  'invalid_code',
];

export function kindOf(delivery: Delivery): AnswerKind {
  if (delivery.kind !== 'answer') return 'other';
  const { body } = delivery.answer;
  if (DEFINITE.some((error) => body.includes(`"${error}"`))) return 'definite-refusal';
  if (body.includes('"status":"failure"')) return 'throttle';
  const token = /"access_token":"([^"]*)"/.exec(body)?.[1] ?? '';
  return token.length > LONGEST_TOKEN ? 'unusable-token' : 'other';
}

/** An answer in a few words, without its token. */
export function describe(delivery: Delivery): string {
  if (delivery.kind !== 'answer') return delivery.kind;
  const { status, body } = delivery.answer;
  const error = /"error":"([^"]*)"/.exec(body)?.[1];
  return body.includes('"access_token"')
    ? `HTTP ${status} with a token`
    : `HTTP ${status} ${error ?? ''}`.trim();
}
