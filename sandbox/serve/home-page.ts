import { DATA_CENTERS, type Location } from '../zoho/data-centers.ts';
import { escapeHtml } from '../zoho/html-text.ts';
import type { OwnAnswer } from './front-door.ts';

/** What the page shows. */
interface HomePageContent {
  readonly connections: Readonly<Record<string, { readonly dataCenter: Location }>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly awsServices: readonly string[];
}

/** The page that explains the sandbox to a person who opens its address. */
export function homePage(origin: string, content: HomePageContent): OwnAnswer {
  const exports = Object.entries(content.environment).map(([name, value]) => `export ${name}=${value}`);
  const connections = Object.entries(content.connections).map(([name, { dataCenter }]) => {
    const { accounts } = DATA_CENTERS[dataCenter];
    return `<li><code>${escapeHtml(name)}</code>: ${dataCenter}, <code>/zoho/${accounts}</code></li>`;
  });
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
<p>To register a client:</p>
<pre>curl ${escapeHtml(origin)}/zoho-clients --json '{"dataCenter":"eu"}'</pre>
</body>
</html>
`;
  return { status: 200, contentType: 'text/html;charset=UTF-8', body };
}
