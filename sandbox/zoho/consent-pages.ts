import type { Answer } from './answers.ts';
import type { ConsentRequest } from './consent-request.ts';
import { DATA_CENTERS, type Location } from './data-centers.ts';
import { escapeHtml } from './html-text.ts';

/** Asks the user. The form has no action: it posts to the URL of the page, under whatever prefix that is served. */
export function consentPage(location: Location, request: ConsentRequest): Answer {
  const { client, scopes, redirectUri, accessType } = request;
  const home = client.accountLocation ?? location;
  const lifetime = accessType === 'offline' ? 'also while you are away (offline)' : 'once (online)';
  const items = scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`).join('');
  return page(
    200,
    `<p>The client <code>${escapeHtml(client.clientId)}</code> asks for access ${lifetime}.</p>
<dl>
<dt>Data center</dt><dd id="data-center">${location} (${DATA_CENTERS[location].accounts})</dd>
<dt>Your account lives in</dt><dd id="account-location">${home}</dd>
<dt>Scopes</dt><dd><ul id="scopes">${items}</ul></dd>
<dt>You will be sent back to</dt><dd><code>${escapeHtml(redirectUri)}</code></dd>
</dl>
<form method="post">
<button id="accept" name="decision" value="accept">Accept</button>
<button id="reject" name="decision" value="reject">Reject</button>
</form>`,
  );
}

/** Tells the user why there is nothing to consent to. */
export function refusedPage(location: Location, reason: string): Answer {
  return page(
    400,
    `<p>Data center: ${location} (${DATA_CENTERS[location].accounts})</p>
<p id="error">${escapeHtml(reason)}</p>`,
  );
}

function page(status: number, content: string): Answer {
  const style =
    'body{font:16px/1.5 sans-serif;max-width:40em;margin:3em auto;padding:0 1em}dt{font-weight:bold}';
  return {
    status,
    contentType: 'text/html;charset=UTF-8',
    headers: {
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    },
    body: `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Simulated Zoho</title><style>${style}</style></head>
<body>
<h1>Simulated Zoho</h1>
${content}
</body>
</html>
`,
  };
}
