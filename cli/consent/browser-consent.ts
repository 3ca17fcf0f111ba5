import { consentUrl } from '../../lambdas/core/consent/consent-url.ts';
import type { Grant, StoreGrant } from '../../lambdas/core/consent/grant.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import type { Runtime } from '../runtime.ts';
import type { Session } from '../session.ts';
import type { LandingPage } from './landing-page.ts';
import { listenForCallback, type ReceivedCallback } from './loopback-listener.ts';
import { redeemAndStore } from './redeem-and-store.ts';
import { type RequestedConsent, redeemCallback } from './redeem-callback.ts';

/** How long the command waits for the user to return from the consent page. */
const CONSENT_TIMEOUT_MS = 15 * 60_000;

export interface BrowserConsent extends RequestedConsent {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly opensBrowser: boolean;
}

/**
 * Sends the user to the consent page, waits for the redirect, exchanges its code and stores the grant. Only then does the
 * browser get its page, so that the page shows the final result.
 */
export async function consentInBrowser(
  session: Session,
  consent: BrowserConsent,
  store: StoreGrant,
): Promise<Grant> {
  const { runtime } = session;
  const state = runtime.newState();
  const listener = await listenForCallback(consent.redirectUri, state);
  // Before the first line that mentions Ctrl-C.
  const cancellation = watchForCancellation(runtime);
  try {
    await Promise.race([sendToConsentPage(session, consent, state), cancellation.cancelled]);
    const received = await runtime.terminal.withProgress(
      'Waiting for consent in the browser (Ctrl-C cancels)',
      () => Promise.race([listener.received, cancellation.cancelled]),
    );
    cancellation.end();
    const redeem = () => redeemCallback(session, consent, received.callback);
    return await answerBrowser(received, consent, () => redeemAndStore(runtime, redeem, store));
  } finally {
    cancellation.end();
    listener.close();
  }
}

async function sendToConsentPage(session: Session, consent: BrowserConsent, state: string): Promise<void> {
  const { terminal, openBrowser } = session.runtime;
  const { dataCenter, client, scopes, redirectUri, opensBrowser } = consent;
  const url = session.zohoUrl(
    consentUrl({ dataCenter, scopes, state, clientId: client.clientId, redirectUri: redirectUri.text }),
  );
  terminal.info(
    `Requesting ${scopes.join(', ')} in data center ${dataCenter}. Sign in as the owner of the Zoho account.`,
  );
  if (!opensBrowser) {
    terminal.info(`Open this address in a browser on this machine:\n\n${url}\n`);
    return;
  }
  terminal.info(`Opening the consent page in your browser. If it does not open, go to:\n\n${url}\n`);
  try {
    await openBrowser(url);
  } catch {
    terminal.info(terminal.infoColors.yellow('No browser could be started. Open the address yourself.'));
  }
}

interface Cancellation {
  /** Rejects on Ctrl-C and on timeout. */
  readonly cancelled: Promise<never>;
  /** Stops watching for Ctrl-C. */
  end(): void;
}

function watchForCancellation({ clock, onInterrupt }: Runtime): Cancellation {
  let end = () => {};
  const cancelled = new Promise<never>((_, reject) => {
    end = onInterrupt(() => reject(new CancelledError()));
    clock.abortAfter(CONSENT_TIMEOUT_MS).addEventListener('abort', () => reject(timedOut()));
  });
  // Not an unhandled rejection when nothing awaits it.
  cancelled.catch(() => {});
  return { cancelled, end: () => end() };
}

function timedOut(): CliError {
  return new CliError(
    'Timed out after 15 minutes waiting for consent. Nothing was changed.',
    'Start again. If the consent page showed an error, check the client id, scopes and redirect URI in the API console.',
  );
}

/** Shows the result in the browser, also when `work` fails. */
async function answerBrowser(
  received: ReceivedCallback,
  consent: BrowserConsent,
  work: () => Promise<Grant>,
): Promise<Grant> {
  let grant: Grant;
  try {
    grant = await work();
  } catch (error) {
    await received.show(failurePage(consent, error));
    throw error;
  }
  await received.show(successPage(consent, grant));
  return grant;
}

function successPage({ name, scopes }: BrowserConsent, { dataCenter, scope }: Grant): LandingPage {
  const granted = scope === undefined ? scopes : parseScopes(scope);
  return {
    isSuccess: true,
    title: 'Authorized',
    text: 'The credentials are stored. You can close this window.',
    facts: { Connection: name, 'Data center': dataCenter, Scopes: granted },
  };
}

function failurePage({ name }: BrowserConsent, error: unknown): LandingPage {
  const known = error instanceof CliError ? error : undefined;
  return {
    isSuccess: false,
    title: 'Not authorized',
    text: known?.message ?? 'The credentials could not be stored.',
    nextStep: known === undefined ? 'See the terminal for the reason.' : known.nextStep,
    facts: { Connection: name },
  };
}
