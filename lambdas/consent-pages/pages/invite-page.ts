import type { InvitePage } from '../../core/invites/consent-answers.ts';
import type { Brand } from './brand.ts';
import type { PageContent } from './document.ts';
import { type Html, html } from './html.ts';
import { cleanText, outsideText, technicalName } from './outside-text.ts';
import { revocationGuide } from './revocation-guide.ts';
import { renderScopes } from './scope-list.ts';

/** The page of an open invite: who asks for what, where to sign in, what follows, and one button. */
export function invitePage(invite: InvitePage, brand: Brand): PageContent {
  const name = outsideText(brand.displayName);
  const { label, connection, scopes, client_id_host: host } = invite;
  return {
    title: 'Access to your Zoho account',
    main: html`<h1>${name} asks for access to your Zoho account</h1>
<p>If you allow it, ${name} can use the data listed below, also while you are not signed in, until you revoke the access. ${name} never sees your password.</p>
${label !== undefined && html`<p>This invite was sent by ${outsideText(label)}.</p>`}
<h2>What is requested</h2>
${renderScopes(scopes)}
${renderExpectations(invite)}
<h2>What happens next</h2>
<ol>
<li>You sign in at ${technicalName(host)}. Zoho may send you on to the same page of your own region. Check that the address in your browser begins with <code>https://accounts.zoho</code>.</li>
<li>Zoho lists what is requested. Choose Accept, or Reject to allow nothing. If Zoho asks for an organization, choose the one that you want to connect.</li>
<li>${lastStep(invite, brand, name)}</li>
</ol>
<form method="post">
<button>Continue to Zoho</button>
</form>
<p class="aside">Nothing is shared before you accept at Zoho. You can use this link until ${renderTime(invite.expires_at)}. Reference: ${technicalName(connection)}</p>
<h2>If you do not expect this</h2>
<p>Close this page. Nothing has changed, and ${name} has no access. If you do not know who sent you this link, ask ${name} in a way that you have used before. Do not answer the message that brought you here.</p>
<h2>How to end the access later</h2>
${revocationGuide(host, name)}`,
    footer: html`This page sets one cookie, which is needed to match your answer at Zoho with this browser. It is kept for seven days.`,
  };
}

function renderExpectations({ expects = {}, account_host: host }: InvitePage): Html | false {
  const { email, email_domain: domain, org_id: organization } = expects;
  const sentences = [
    email !== undefined && html`Sign in as ${technicalName(email)}.`,
    domain !== undefined && html`Sign in with an address at ${technicalName(domain)}.`,
    organization !== undefined &&
      html`Choose the organization with the number ${technicalName(organization)}.`,
    host !== undefined && html`The account must be at ${technicalName(host)}.`,
  ].filter((sentence) => sentence !== false);
  if (sentences.length === 0) return false;
  return html`<h2>Which account</h2>
<p class="expect">${sentences.map((sentence, index) => html`${index > 0 && ' '}${sentence}`)} If you use another account, your consent is checked before it counts.</p>`;
}

function lastStep({ mode }: InvitePage, { host }: Brand, name: Html): Html {
  const back = html`Zoho sends you back to ${technicalName(host)}`;
  switch (mode) {
    case 'direct':
      return html`${back}, which shows that it worked.`;
    case 'confirm':
      return html`${back}. The access begins when someone at ${name} has confirmed it.`;
    case 'platform':
      return html`${back}, and from there to ${name}, where you are signed in. The access begins there.`;
  }
}

/** By the world's clock: the function does not know the time zone of the visitor. */
function renderTime(iso: string): Html {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return html`${cleanText(iso)}`;
  const words = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return html`<time datetime="${time.toISOString()}">${words.format(time)} UTC</time>`;
}
