import type { Answer } from './answers.ts';
import type { ConsentRequest } from './consent-request.ts';
import { DATA_CENTERS, type Location } from './data-centers.ts';
import { escapeHtml } from './html-text.ts';

/**
 * Asks the user. The form has no action, so that it posts to the URL of the page with any prefix. `homes`: where the account may live;
 * with more than one, the user says where.
 */
export function consentPage(location: Location, request: ConsentRequest, homes: readonly Location[]): Answer {
  const { client, scopes, redirectUri, accessType } = request;
  const home = client.accountLocation ?? location;
  const options = homes.map(
    (each) => `<option${each === home ? ' selected' : ''}>${escapeHtml(each)}</option>`,
  );
  const choice =
    options.length > 1
      ? `<label>Sign in to an account in <select id="account" name="account">${options.join('')}</select></label>\n`
      : '';
  const lifetime = accessType === 'offline' ? 'also while you are away (offline)' : 'once (online)';
  const items = scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`).join('');
  return page(200, {
    title: 'Allow access?',
    content: `<p>The client <code>${escapeHtml(client.clientId)}</code> asks for access ${lifetime}.</p>
<dl>
<dt>Data center</dt><dd id="data-center">${location} (${DATA_CENTERS[location].accounts})</dd>
<dt>Your account lives in</dt><dd id="account-location">${homes.length > 1 ? 'the data center that you choose below' : home}</dd>
<dt>Scopes</dt><dd><ul id="scopes">${items}</ul></dd>
<dt>You will be sent back to</dt><dd><code>${escapeHtml(redirectUri)}</code></dd>
</dl>
<form method="post">
${choice}<button id="accept" name="decision" value="accept">Accept</button>
<button id="reject" name="decision" value="reject">Reject</button>
</form>`,
  });
}

/** Tells the user why the request is invalid. */
export function refusedPage(location: Location, reason: string): Answer {
  return page(400, {
    title: 'Nothing to consent to',
    content: `<p id="error">${escapeHtml(reason)}</p>
<p>Data center: ${location} (${DATA_CENTERS[location].accounts})</p>`,
  });
}

function page(
  status: number,
  { title, content }: { readonly title: string; readonly content: string },
): Answer {
  return {
    status,
    contentType: 'text/html;charset=UTF-8',
    headers: {
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    },
    body: `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Simulated Zoho</title>
<style>${STYLE}</style>
</head>
<body>
<header>Simulated Zoho: nothing here reaches Zoho</header>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`,
  };
}

/** The stripes show at a glance that this is not Zoho. */
const STYLE = `
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --line: #d9dce1; --faint: #5c636e; --strong: #1f5fbf; --on-strong: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --paper: #1b1e22; --line: #3a3f46; --faint: #a3abb5; --strong: #8ab4f8; --on-strong: #111315 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
header { padding: .5rem 1.25rem; background: #ffd54a; color: #1c1e21; text-align: center; font-weight: 600 }
header::after { content: ''; display: block; height: 6px; margin: .5rem -1.25rem -.5rem; background: repeating-linear-gradient(-45deg, #1c1e21 0 10px, #ffd54a 10px 20px) }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1.25rem }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25 }
p { margin: 0 0 1rem }
code { font-size: .925em }
dl { margin: 0 0 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line) }
dt { color: var(--faint); font-size: .875rem }
dd { margin: 0 0 .75rem }
ul { margin: 0; padding-left: 1.25rem }
form { display: flex; flex-wrap: wrap; gap: .75rem }
label { width: 100% }
select { min-height: 2.75rem; padding: 0 .75rem; border: 1px solid var(--faint); border-radius: 6px; background: var(--paper); color: var(--ink); font: inherit }
button { min-height: 2.75rem; padding: 0 1.5rem; border: 1px solid var(--strong); border-radius: 6px; background: var(--paper); color: var(--strong); font: inherit; font-weight: 600; cursor: pointer }
#accept { background: var(--strong); color: var(--on-strong) }
button:focus-visible, select:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px }
`;
