import type { IncomingMessage } from 'node:http';
import { DATA_CENTERS, type Location } from '../zoho/data-centers.ts';
import { escapeHtml } from '../zoho/html-text.ts';
import { CLIENT_OF_INVITES } from './client-of-invites.ts';
import { exportLines } from './environment.ts';
import { FAULT_EXAMPLES } from './fault-requests.ts';
import { type OwnAnswer, refusal } from './own-answer.ts';

/** What the page shows. */
interface HomePageContent {
  readonly connections: Readonly<Record<string, { readonly dataCenter: Location }>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly awsServices: readonly string[];
  /** Of the pages for invites, if they are deployed. */
  readonly consentUrl?: string | undefined;
}

/** The page that explains the sandbox to a person who opens its address. */
export function homePage(
  { method }: Pick<IncomingMessage, 'method'>,
  origin: string,
  content: HomePageContent,
): OwnAnswer {
  if (method !== 'GET' && method !== 'HEAD')
    return refusal(405, `Only GET is supported, was ${method}. A request to AWS needs a signature.`);
  const exports = exportLines(content.environment);
  const connections = Object.entries(content.connections).map(([name, { dataCenter }]) => {
    const { accounts } = DATA_CENTERS[dataCenter];
    return `<li><code>${escapeHtml(name)}</code>: ${dataCenter}, <code>/zoho/${accounts}</code></li>`;
  });
  const faults = FAULT_EXAMPLES.map(
    ({ body, meaning }) =>
      `<li><code>${escapeHtml(JSON.stringify(body))}</code>: ${escapeHtml(meaning)}</li>`,
  );
  const body = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Zoho Token Refresher: sandbox</title></head>
<body>
<h1>Zoho Token Refresher: sandbox</h1>
<p>Everything here is simulated. Nothing reaches AWS or Zoho.</p>
<h2>AWS</h2>
<p>Use any AWS SDK or the AWS CLI with this environment. Services: ${content.awsServices.map(escapeHtml).join(', ')}.</p>
<pre>${escapeHtml(exports.join('\n'))}</pre>
<h2>Zoho</h2>
<p>Zoho's hosts are at <code>/zoho/&lt;host&gt;</code>:
<a href="/zoho/${DATA_CENTERS.us.accounts}/oauth/serverinfo">the accounts servers of all data centers</a>.</p>
<ul>
${connections.join('\n')}
</ul>
<p>A call of an API that has the host in the header <code>x-zoho-sandbox-host</code> is answered at <code>/</code> too.</p>
<p>To register a client:</p>
<pre>curl ${escapeHtml(origin)}/zoho-clients --json '{"dataCenter":"eu"}'</pre>
${content.consentUrl === undefined ? '' : invites(content.consentUrl)}<h2>Faults</h2>
<p><a href="/faults">The active ones</a>. With <code>times</code> a fault affects so many requests, else all until it is removed.</p>
<pre>curl ${escapeHtml(origin)}/faults --json '${escapeHtml(JSON.stringify(FAULT_EXAMPLES[0]?.body))}'
curl -X DELETE ${escapeHtml(origin)}/faults</pre>
<ul>
${faults.join('\n')}
</ul>
</body>
</html>
`;
  return { status: 200, contentType: 'text/html;charset=UTF-8', body };
}

/** How to try an invite. */
function invites(url: string): string {
  return `<h2>Invites</h2>
<p>The pages for invites are at <code>${escapeHtml(url)}</code>. In a terminal with the environment above, invite someone to authorize a
connection, then open the link in a browser and accept:</p>
<pre>npx zoho-tokens invite crm-eu --client ${CLIENT_OF_INVITES}
npx zoho-tokens invites</pre>
<p>The simulated Zoho has one user, who is signed in everywhere. Code of your own uses <code>createZohoInvites()</code>.</p>
`;
}
