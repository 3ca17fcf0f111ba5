import { createHash } from 'node:crypto';
import { STYLESHEET } from './pages/stylesheet.ts';

const styleHash = createHash('sha256').update(STYLESHEET).digest('base64');

/**
 * The headers of every answer. The policy has no `form-action`: Chromium applies it to redirects too, and would stop the one to Zoho.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; frame-ancestors 'none'; base-uri 'none'`,
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
};
