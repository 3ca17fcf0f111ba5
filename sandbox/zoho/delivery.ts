import { type Answer, errorAnswer, htmlAnswer, jsonAnswer, throttleAnswer } from './answers.ts';
import { DATA_CENTERS } from './data-centers.ts';
import type { Fault, ShapeFault, TransportFault } from './faults.ts';
import { LIMITS } from './limits.ts';
import { TOKEN_PADDING } from './token-strings.ts';

/** What goes over the wire. */
export type Delivery =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'half-an-answer'; readonly answer: Answer }
  /** In real time, whatever the simulator's clock says. */
  | { readonly kind: 'late-answer'; readonly answer: Answer; readonly afterMs: number }
  | { readonly kind: 'silence' }
  | { readonly kind: 'reset' };

const HUGE_BODY_BYTES = 10_000_000;
/** The refresh token of the fault `rotated-refresh-token`. */
export const ROTATED_REFRESH_TOKEN = `1000.${'0a'.repeat(16)}.${'b1'.repeat(16)}`;

const NOWHERE_URL = 'https://login.elsewhere.invalid/';

/**
 * What is delivered with a fault. `settle` lets the token service handle the call and returns its answer; it is called once,
 * or not at all if the fault keeps the call from taking effect.
 */
export function deliverWithFault(fault: Fault, settle: () => Answer): Delivery {
  switch (fault.kind) {
    case 'throttle':
      return deliver(throttleAnswer(fault.variant ?? 'english'));
    case 'error':
      return deliver(errorAnswer(fault.error ?? 'general_error'));
    case 'hang':
    case 'drop':
    case 'html-5xx':
    case 'html-4xx':
    case 'server-error-json':
    case 'huge-body':
    case 'garbage':
    case 'empty':
    case 'redirect':
      if (fault.withEffect) settle();
      return loseAnswer(fault);
    case 'late':
      return { kind: 'late-answer', answer: settle(), afterMs: fault.afterMs };
    case 'slow-body':
      return { kind: 'half-an-answer', answer: settle() };
    default:
      return deliver(reshape(fault.kind, settle()));
  }
}

/** A complete answer. */
export function deliver(answer: Answer): { readonly kind: 'answer'; readonly answer: Answer } {
  return { kind: 'answer', answer };
}

function loseAnswer(fault: TransportFault): Delivery {
  switch (fault.kind) {
    case 'hang':
      return { kind: 'silence' };
    case 'drop':
      return { kind: 'reset' };
    case 'html-5xx':
      return deliver(htmlAnswer(503, 'Service Temporarily Unavailable'));
    case 'html-4xx':
      return deliver(htmlAnswer(403, 'Access Denied'));
    case 'server-error-json':
      return deliver(jsonAnswer(500, { status: 'error', message: 'Internal Server Error' }));
    case 'huge-body':
      return deliver(jsonAnswer(200, { padding: 'x'.repeat(HUGE_BODY_BYTES) }));
    case 'garbage':
      return deliver({ ...jsonAnswer(200, ''), body: '{"access_token": <!-- ' });
    case 'empty':
      return deliver({ ...jsonAnswer(200, ''), body: '' });
    case 'redirect':
      return deliver({ ...htmlAnswer(302, 'Found'), headers: { location: fault.to ?? NOWHERE_URL } });
  }
}

function reshape(kind: Exclude<ShapeFault['kind'], 'slow-body'>, answer: Answer): Answer {
  const fields = JSON.parse(answer.body) as Record<string, unknown>;
  const isRefusal = fields.access_token === undefined;
  if (isRefusal) return answer;

  const scopes = String(fields.scope).split(',');
  switch (kind) {
    case 'no-expires-in':
      // A reader has to assume an hour, so the life of a token that ends earlier is always said.
      return fields.expires_in === LIMITS.accessTokenLifeSeconds
        ? withFields(answer, { expires_in: undefined })
        : answer;
    case 'no-api-domain':
      return withFields(answer, { api_domain: undefined });
    case 'no-scope':
      return withFields(answer, { scope: undefined });
    case 'legacy-expires-in':
      return withFields(answer, {
        expires_in_sec: fields.expires_in,
        expires_in: Number(fields.expires_in) * 1_000,
      });
    case 'space-separated-scope':
      return withFields(answer, { scope: scopes.join(' ') });
    case 'narrowed-scope':
      return withFields(answer, { scope: scopes.slice(0, -1).join(',') });
    case 'odd-status':
      return { ...answer, status: 500 };
    case 'long-token':
      return withFields(answer, { access_token: lengthen(fields.access_token, 16 * 1024) });
    case 'overlong-token':
      return withFields(answer, { access_token: lengthen(fields.access_token, 16 * 1024 + 1) });
    case 'foreign-api-domain':
      return withFields(answer, { api_domain: foreignApiDomain(fields.api_domain) });
    case 'rotated-refresh-token':
      return withFields(answer, { refresh_token: ROTATED_REFRESH_TOKEN });
  }
}

function foreignApiDomain(own: unknown): string {
  const location = own === `https://${DATA_CENTERS.us.api}` ? 'eu' : 'us';
  return `https://${DATA_CENTERS[location].api}`;
}

function lengthen(token: unknown, length: number): string {
  return String(token).padEnd(length, TOKEN_PADDING);
}

/** Fields that are undefined are omitted. */
function withFields(answer: Answer, fields: Readonly<Record<string, unknown>>): Answer {
  return jsonAnswer(answer.status, { ...(JSON.parse(answer.body) as object), ...fields });
}
