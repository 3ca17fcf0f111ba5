import type { Grant } from '../../lambdas/core/consent/grant.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import type { Runtime } from '../runtime.ts';
import type { Session } from '../session.ts';
import { awaitCallback } from './await-callback.ts';
import type { BrowserConsent } from './browser-consent-request.ts';
import type { LandingPage } from './landing-page.ts';
import { type LoopbackListener, listenForCallback, type ReceivedCallback } from './loopback-listener.ts';
import { redeemAndStore, type StoreGrant } from './redeem-and-store.ts';
import { redeemCallback } from './redeem-callback.ts';
import { sendToConsentPage } from './send-to-consent-page.ts';

const MINUTE_MS = 60_000;

/** How long the command waits for a user at a browser to return from the consent page. */
const CONSENT_TIMEOUT_MS = 15 * MINUTE_MS;
/** How long it waits for an address that someone else sends. */
const PASTED_TIMEOUT_MS = 60 * MINUTE_MS;

/**
 * Sends the user to the consent page, waits for the redirect or for its pasted address, exchanges its code and stores the grant.
 * Only then does the browser get its page, so that the page shows the final result.
 */
export async function consentInBrowser(
  session: Session,
  consent: BrowserConsent,
  store: StoreGrant,
): Promise<Grant> {
  const { runtime } = session;
  const { name, redirectUri } = consent;
  const state = runtime.newState();
  const listener = await listenIfPossible(session, consent, state);
  // Before the first line that mentions Ctrl-C.
  const cancellation = watchForCancellation(runtime, consent);
  const { cancelled } = cancellation;
  const opening = sendToConsentPage(session, consent, state);
  try {
    const shownAtMs = runtime.clock.now();
    const page = await Promise.race([opening, cancelled]);
    const needsPaste = !page.isOpen || listener === undefined;
    const pasting = needsPaste ? (consent.redirected ? 'read' : 'ask') : 'no';
    const expected = { redirectUri: redirectUri.text, state };
    const received = await awaitCallback(session, { name, listener, pasting, expected, cancelled });
    cancellation.end();
    const redeem = () => redeemCallback(session, { ...consent, shownAtMs }, received.callback);
    return await answerBrowser(received, consent, () => redeemAndStore(runtime, redeem, store));
  } finally {
    cancellation.end();
    listener?.close();
    // A browser that could not be opened has left nothing to remove.
    opening.then(({ end }) => end()).catch(() => {});
  }
}

/** A port that is taken matters only if no one can paste the address instead. */
async function listenIfPossible(
  { runtime }: Session,
  { redirectUri, redirected }: BrowserConsent,
  state: string,
): Promise<LoopbackListener | undefined> {
  try {
    return await listenForCallback(redirectUri, state);
  } catch (error) {
    const { terminal } = runtime;
    const canBePasted = redirected || terminal.prompts.isInteractive;
    if (!(error instanceof CliError) || !canBePasted) throw error;
    terminal.info(
      terminal.infoColors.yellow(`${error.message} Going on without it: paste the address at the end.`),
    );
    return undefined;
  }
}

interface Cancellation {
  /** Rejects on Ctrl-C and on timeout. */
  readonly cancelled: Promise<never>;
  /** Stops watching for Ctrl-C. */
  end(): void;
}

function watchForCancellation(
  { clock, onInterrupt }: Runtime,
  { opensBrowser }: BrowserConsent,
): Cancellation {
  const timeoutMs = opensBrowser ? CONSENT_TIMEOUT_MS : PASTED_TIMEOUT_MS;
  let end = () => {};
  const cancelled = new Promise<never>((_, reject) => {
    end = onInterrupt(() => reject(new CancelledError()));
    clock.abortAfter(timeoutMs).addEventListener('abort', () => reject(timedOut(timeoutMs)));
  });
  // Not an unhandled rejection when nothing awaits it.
  cancelled.catch(() => {});
  return { cancelled, end: () => end() };
}

function timedOut(timeoutMs: number): CliError {
  return new CliError(
    `Timed out after ${timeoutMs / MINUTE_MS} minutes waiting for consent. Nothing was changed.`,
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
