import { describeFailure } from './failure-words.ts';
import { type Html, html } from './html.ts';
import type { Outcome, ShownResult } from './outcome.ts';
import { outsideText } from './outside-text.ts';
import { productOf } from './scope-words.ts';

const OPEN_AGAIN = 'open the link of your invite again';

/** The words of a result, for an administrator who knows nothing of this system. `name`: who asks for access. */
export function outcomeOf(result: ShownResult, name: Html): Outcome {
  const newInvite = html`Ask ${name} for a new invite.`;
  switch (result.kind) {
    case 'done':
      return {
        tone: 'good',
        title: 'Connected',
        heading: html`Connected: ${name} can use your Zoho account`,
        text: result.token_live
          ? html`The access works. You can close this page.`
          : html`Your consent is stored, and the access begins within a few minutes. You need to do nothing more and can close this page.`,
      };
    case 'received':
      return {
        tone: 'wait',
        title: 'Received',
        heading: html`Your consent has arrived`,
        text: html`${name} checks it now. The access begins when someone there confirms it. If no one does within 24 hours, it is revoked.`,
        next: html`You can close this page. If this is not the account that was meant, tell ${name}.`,
      };
    case 'declined':
      return {
        tone: 'plain',
        title: 'Not allowed',
        heading: html`You did not allow the access`,
        text: html`Nothing has changed: ${name} has no access to your Zoho account.`,
        next: html`If you want to allow it after all, ${OPEN_AGAIN} and choose Accept at Zoho.`,
        canRetry: true,
      };
    case 'no-account':
      return {
        tone: 'bad',
        title: 'No account in this product',
        heading: html`This Zoho user has no account in ${productList(result.products)}`,
        text: html`You are signed in at Zoho as a user who does not belong to an organization there. Nothing has changed.`,
        next: html`Sign out at Zoho, ${OPEN_AGAIN}, and sign in as a user of the organization. If you have no such user, forward the invite to the administrator who has.`,
        canRetry: true,
      };
    case 'too-many':
      return {
        tone: 'wait',
        title: 'Please wait ten minutes',
        text: html`Zoho accepts only ten consents for an application in ten minutes, and refused this one for that reason. Nothing has changed.`,
        next: html`Wait ten minutes, then ${OPEN_AGAIN}.`,
        canRetry: true,
      };
    case 'other-browser':
      return {
        tone: 'bad',
        title: 'Another browser',
        heading: html`This answer belongs to another browser`,
        text: html`The invite was opened in one browser, and the answer of Zoho arrived in another one, or this browser has lost its cookies. For your safety, the answer was not used. Nothing has changed.`,
        next: html`If the invite was sent to you, ${OPEN_AGAIN} in this browser and continue there. If you did not open an invite, close this page: someone else may have sent you this address.`,
        canRetry: true,
      };
    case 'expired':
      return {
        tone: 'bad',
        title: 'Expired',
        heading: html`This invite has expired`,
        text: html`Its link could be used for a limited time only. Nothing has changed.`,
        next: newInvite,
      };
    case 'used':
      return {
        tone: 'plain',
        title: 'Already used',
        heading: html`This invite has been used`,
        text: html`An answer was already given with it, and it cannot be used twice.`,
        next: html`If you gave that answer, you need to do nothing more. If you did not, tell ${name} now.`,
      };
    case 'removed':
      return {
        tone: 'bad',
        title: 'Withdrawn',
        heading: html`This invite was withdrawn`,
        text: html`${name} has cancelled it, or has removed the connection that it was for. Nothing has changed.`,
        next: newInvite,
      };
    case 'failed': {
      const { text, next } = describeFailure(result.reason, name);
      const tryAgain = html`Open the link of your invite again. If it fails again, send ${name} the error code.`;
      return {
        tone: 'bad',
        title: 'Not connected',
        heading: html`The connection was not made`,
        text,
        next: result.retryable ? (next ?? tryAgain) : html`${newInvite} Send them the error code, too.`,
        canRetry: result.retryable,
      };
    }
    case 'unknown':
      return {
        tone: 'bad',
        title: 'Not found',
        heading: html`There is no invite at this address`,
        text: html`The link may be incomplete: some mail programs break a long link in two.`,
        next: html`Copy the whole link from the invite into the address bar. If that does not help, ask ${name} for a new invite.`,
      };
    case 'unavailable':
      return {
        tone: 'wait',
        title: 'Please try again',
        heading: html`This cannot be done right now`,
        text: html`Something on our side did not answer in time.`,
        next: html`Wait a minute and reload this page. If you still see this, ${OPEN_AGAIN} in ten minutes.`,
        canRetry: true,
      };
    case 'foreign-form':
      return {
        tone: 'bad',
        title: 'Not started',
        heading: html`This was not started from our page`,
        text: html`Another site sent your browser here. For your safety, nothing was done.`,
        next: html`If an invite was sent to you, ${OPEN_AGAIN}, read the page and continue there. Otherwise close this page.`,
      };
  }
}

function productList(services: readonly string[]): Html {
  const products = [...new Set(services.map(productOf))];
  if (products.length === 0) return html`the product`;
  return html`${products.map((product, index) => html`${index > 0 && ' or '}${outsideText(product)}`)}`;
}
