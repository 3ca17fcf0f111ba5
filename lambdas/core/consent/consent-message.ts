import { CODE_LIFE } from '../zoho/code-response.ts';
import type { DataCenterLocation } from '../zoho/data-centers.ts';
import { DATA_CENTERS } from '../zoho/data-centers.ts';

/** What a Zoho administrator without access to AWS is asked for. */
export interface ConsentMessage {
  readonly connection: string;
  readonly dataCenter: DataCenterLocation;
  readonly scopes: readonly string[];
  /** The consent page. */
  readonly url: string;
  readonly redirectUri: string;
}

/** A chat message to copy: what it is about, what to do, and what to send back. */
export function composeConsentMessage({
  connection,
  dataCenter,
  scopes,
  url,
  redirectUri,
}: ConsentMessage): string {
  const { host } = new URL(DATA_CENTERS[dataCenter].accountsServer);
  return `Please authorize our connection "${connection}" to Zoho. It asks for these scopes:
  ${scopes.join('\n  ')}
1. Sign in at ${host} as the user whom the connection works for. Then open this link:
   ${url}
2. If Zoho asks, choose the production organization, not a sandbox. Check the scopes and press Accept.
3. The browser then shows a page that cannot be reached. That is expected.
   Copy the whole address from the address bar (it begins with ${redirectUri}?)
   and send it to me at once: it works once, and only for ${CODE_LIFE} after you press Accept.
   It is useless to others without our client secret. If you do not know this connection, do not accept.`;
}
