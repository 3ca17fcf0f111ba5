import { type Html, html } from './html.ts';
import { technicalName } from './outside-text.ts';

/**
 * How the owner of a Zoho account revokes what was allowed. Source:
 * https://www.zoho.com/accounts/protocol/oauth/revoke-refresh-token.html
 */
export function revocationGuide(host: string | undefined, name: Html): Html {
  const place = host === undefined ? 'to your Zoho account' : html`at ${technicalName(host)}`;
  return html`<p>Sign in ${place}, open Sessions, scroll down to Connected Apps, and choose Revoke Access beside the entry. From then on, ${name} can no longer use your data.</p>`;
}
