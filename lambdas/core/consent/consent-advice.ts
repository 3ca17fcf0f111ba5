import { formatScopes } from '../zoho/scopes.ts';
import type { Callback } from './callback.ts';
import type { PastedProblem } from './pasted-address.ts';

/** What happened, and what to do next. Contains no secret. */
export interface Advice {
  readonly message: string;
  readonly nextStep: string;
}

/** A person needs longer than this to sign in, read and decide. */
export const SOONEST_DECISION_MS = 3_000;

const TEN_CODES = 'Zoho gives a client 10 codes in 10 minutes, and answers access_denied to more.';

/** Why a redirect without a code stores nothing. `afterMs`: since the consent page was opened or its address was shown. */
export function adviseOnRefusal(
  callback: Exclude<Callback, { kind: 'code' }>,
  { scopes, afterMs }: { readonly scopes: readonly string[]; readonly afterMs: number },
): Advice {
  switch (callback.kind) {
    case 'denied':
      return afterMs < SOONEST_DECISION_MS
        ? {
            message: `Consent was denied at Zoho (access_denied), sooner than a person can decide. Nothing was changed.`,
            nextStep: `${TEN_CODES} Wait ten minutes and start again.`,
          }
        : {
            message: 'Consent was denied at Zoho (access_denied). Nothing was changed.',
            nextStep: `Start again, and accept. If no one rejected it: ${TEN_CODES} Wait ten minutes first.`,
          };
    case 'unknown-data-center':
      return {
        message:
          'The redirect names an unknown data center, so its code was not sent anywhere. Nothing was changed.',
        nextStep:
          'Check the address of the consent page. A new data center of Zoho needs a newer version of zoho-tokens.',
      };
    case 'error':
      return callback.error === 'no_org' ? adviseOnMissingOrg(scopes) : adviseOnError(callback.error);
  }
}

/** Source: Zoho answers `no_org` if the user who is signed in has no account in a product of the scopes. */
function adviseOnMissingOrg(scopes: readonly string[]): Advice {
  const products = [...new Set(scopes.map((scope) => scope.split('.')[0] ?? scope))];
  return {
    message: `The Zoho user who is signed in has no organization in ${products.join(' or ')} (no_org). Nothing was changed.`,
    nextStep: `Sign out at Zoho and start again as a user of the organization, in its data center. Or request fewer products: --scope ${formatScopes(scopes)} asks for ${products.length === 1 ? 'this one' : 'all of these'}.`,
  };
}

function adviseOnError(error: string | undefined): Advice {
  const word = error === undefined ? '' : ` (${error})`;
  return {
    message: `Zoho rejected the consent request${word}. Nothing was changed.`,
    nextStep: 'Check the client id, the scopes and the redirect URI where the client is registered at Zoho.',
  };
}

/** Why a pasted text is not the redirect that is awaited. The text is not quoted: it may hold a code. */
export function adviseOnPasted(problem: PastedProblem, connection: string): Advice {
  const nextStep =
    'Copy the whole address from the address bar, after Accept, when the page cannot be shown. It begins like the redirect URI and contains code= and state=.';
  switch (problem) {
    case 'no-address':
      return { message: 'The pasted text is not an address (value omitted).', nextStep };
    case 'consent-page':
      return {
        message: 'The pasted address is a page of Zoho: consent was not given there yet (value omitted).',
        nextStep,
      };
    case 'other-address':
      return { message: 'The pasted address is not that of the redirect URI (value omitted).', nextStep };
    case 'no-answer':
      return { message: 'The pasted address has no answer of Zoho: no code (value omitted).', nextStep };
    case 'incomplete':
      return { message: 'The pasted address is not complete: its end is missing (value omitted).', nextStep };
    case 'other-state':
      return {
        message: `The pasted address belongs to another authorization, of another connection or an earlier attempt, not to this one of ${connection} (value omitted).`,
        nextStep:
          'Open the address that this run has printed, accept, and paste where the browser ends. A run that has ended needs a new start and a new link.',
      };
  }
}
