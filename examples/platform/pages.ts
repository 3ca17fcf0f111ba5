import { USERS, type User } from './tenants.ts';
import type { Connection } from './zoho.ts';

export function signInPage(): string {
  const buttons = USERS.map(
    ({ id, name, tenant }) =>
      `<button name="user" value="${escapeHtml(id)}">${escapeHtml(name)} of ${escapeHtml(tenant.name)}</button>`,
  );
  return page('Sign in', `<form method="post" action="/sign-in">\n${buttons.join('\n')}\n</form>`);
}

export function dashboardPage({ name, tenant }: User, connection: Connection): string {
  return page(
    tenant.name,
    `<p>You are signed in as ${escapeHtml(name)}.</p>
<p id="connection" data-kind="${connection.kind}">${describe(connection)}</p>
<form method="post" action="/zoho/connect"><button>${connection.kind === 'none' ? 'Connect Zoho' : 'Connect Zoho again'}</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>`,
  );
}

/** `code`: of the error, for the support of the platform. */
export function problemPage(text: string, code: string): string {
  return page(
    'Zoho is not connected',
    `<p>${escapeHtml(text)}</p>\n<p>Error code: ${escapeHtml(code)}</p>\n<p><a href="/">Back</a></p>`,
  );
}

function describe(connection: Connection): string {
  switch (connection.kind) {
    case 'none':
      return 'Zoho is not connected.';
    case 'live':
      return `Zoho is connected in data center ${escapeHtml(connection.dataCenter)}: ${connection.leads} leads.`;
    case 'failing':
      return `Zoho is connected, and does not answer. ${escapeHtml(connection.reason)}`;
  }
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Platform</title>
<style>
body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark }
form { display: inline-flex; gap: .5rem; margin-right: .5rem }
button { padding: .5rem 1rem; font: inherit }
</style>
<main>
<h1>${escapeHtml(title)}</h1>
${content}
</main>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
