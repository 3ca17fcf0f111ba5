import { DATA_CENTERS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import type { Machine } from '../runtime.ts';
import type { Session } from '../session.ts';
import { exchangeCode } from '../zoho/exchange-code.ts';
import type { OAuthClient } from '../zoho/oauth-client.ts';
import { refusedByZoho } from '../zoho/zoho-refusal.ts';
import type { Callback } from './callback.ts';
import { type ConsentRequest, consentUrl } from './consent-url.ts';
import type { Grant } from './grant.ts';
import type { LandingPage } from './landing-page.ts';
import { type LoopbackListener, listenForCallback, type ReceivedCallback } from './loopback-listener.ts';
import { uninterrupted } from './redeem-and-store.ts';
import type { RedirectUri } from './redirect-uri.ts';

/** How long a person is waited for. */
const PATIENCE_MS = 15 * 60_000;

export interface BrowserConsent {
  readonly name: string;
  readonly client: OAuthClient;
  readonly dataCenter: DataCenterLocation;
  readonly scopes: readonly string[];
  readonly redirectUri: RedirectUri;
  readonly opensBrowser: boolean;
}

/**
 * Sends the person to the consent page, waits for the redirect, and exchanges its code at once. `use` gets the grant while
 * the person still waits for the page; the page tells of what came of it.
 */
export async function consentInBrowser(
  session: Session,
  consent: BrowserConsent,
  use: (grant: Grant) => Promise<void>,
): Promise<void> {
  const { machine } = session;
  const state = machine.newState();
  const listener = await listenForCallback(consent.redirectUri, state);
  // Before anybody reads of Ctrl-C: it may be pressed at once.
  const patience = startPatience(machine);
  try {
    await Promise.race([sendToConsentPage(session, consent, state), patience.isOver]);
    const received = await waitFor(session, listener, patience);
    patience.end();
    await uninterrupted(machine, () =>
      answer(received, consent, async () => {
        const grant = await exchange(session, consent, received.callback);
        await use(grant);
        return grant;
      }),
    );
  } finally {
    patience.end();
    listener.close();
  }
}

async function sendToConsentPage(session: Session, consent: BrowserConsent, state: string): Promise<void> {
  const { terminal, openBrowser } = session.machine;
  const { dataCenter, client, scopes, redirectUri, opensBrowser } = consent;
  const request: ConsentRequest = {
    ...{ dataCenter, scopes, state },
    clientId: client.clientId,
    redirectUri: redirectUri.text,
  };
  const url = session.browserUrl(consentUrl(request));
  terminal.say(`Asking for ${scopes.join(', ')} at ${dataCenter}. Sign in there as the account's owner.`);
  if (!opensBrowser) {
    terminal.say(`Open this address in a browser of this machine:\n\n${url}\n`);
    return;
  }
  terminal.say(`The consent page opens in your browser. If it does not, open:\n\n${url}\n`);
  try {
    await openBrowser(url);
  } catch {
    terminal.say(terminal.sideColors.yellow('No browser could be opened here: open the address yourself.'));
  }
}

async function waitFor(
  { machine }: Session,
  { received }: LoopbackListener,
  { isOver }: Patience,
): Promise<ReceivedCallback> {
  const progress = machine.terminal.progress('Waiting for the consent in the browser (Ctrl-C ends it)');
  try {
    return await Promise.race([received, isOver]);
  } finally {
    progress.stop();
  }
}

interface Patience {
  /** Rejects on Ctrl-C, and when a person has been waited for too long. */
  readonly isOver: Promise<never>;
  end(): void;
}

function startPatience({ clock, onInterrupt }: Machine): Patience {
  let end = () => {};
  const isOver = new Promise<never>((_, reject) => {
    end = onInterrupt(() => reject(new CancelledError()));
    clock.abortAfter(PATIENCE_MS).addEventListener('abort', () => reject(nobodyCameBack()));
  });
  // Whoever waits for it hears of it; while nobody does, it is no failure of the process.
  isOver.catch(() => {});
  return { isOver, end: () => end() };
}

async function exchange(session: Session, consent: BrowserConsent, callback: Callback): Promise<Grant> {
  const code = codeOf(callback);
  const dataCenter = code.dataCenter ?? consent.dataCenter;
  const { terminal, clock } = session.machine;
  if (dataCenter !== consent.dataCenter) {
    terminal.say(
      terminal.sideColors.yellow(
        `The account lives in ${dataCenter}, not in ${consent.dataCenter}: ${dataCenter} is stored.`,
      ),
    );
  }
  const { client, redirectUri } = consent;
  const response = await exchangeCode(
    session.accounts,
    { dataCenter, client, code: code.code, redirectUri: redirectUri.text },
    session.signal(),
  );
  if (response.kind === 'refused') throw refusedByZoho(response.failure, { again: 'Start again.' });
  if (response.refreshToken === undefined) throw noRefreshToken(dataCenter);
  const { refreshToken, scope } = response;
  return { client, refreshToken, dataCenter, clientType: 'server-based', scope, authorizedAtMs: clock.now() };
}

function codeOf(callback: Callback): Callback & { kind: 'code' } {
  switch (callback.kind) {
    case 'code':
      return callback;
    case 'denied':
      throw new CliError('The consent was denied at Zoho. Nothing was changed.', 'Start again, and accept.');
    case 'unknown-data-center':
      throw new CliError(
        'The answer names a data center of Zoho that is not known. Its code was sent nowhere; nothing was changed.',
        'Check the address of the consent page; a new data center needs a newer version of zoho-tokens.',
      );
    case 'error':
      throw new CliError(
        `Zoho could not ask for the consent${callback.error === undefined ? '' : ` (${callback.error})`}. Nothing was changed.`,
        'Check client id, scopes and redirect URI in the API console.',
      );
  }
}

function nobodyCameBack(): CliError {
  return new CliError(
    'Nobody came back from the consent page in 15 minutes. Nothing was changed.',
    'Start again.',
  );
}

function noRefreshToken(dataCenter: DataCenterLocation): CliError {
  const { host } = new URL(DATA_CENTERS[dataCenter].accountsServer);
  return new CliError(
    'Zoho gave no refresh token: without one the connection would end within the hour. Nothing was changed.',
    `Start again: it gives one only for offline access and a consent that was really asked for. If it still gives none, revoke the app at ${host}, Sessions, Connected Apps; that ends the earlier tokens as well.`,
  );
}

/** The browser gets its page whatever happens, and only then the error goes on to the terminal. */
async function answer(
  received: ReceivedCallback,
  consent: BrowserConsent,
  work: () => Promise<Grant>,
): Promise<void> {
  let grant: Grant;
  try {
    grant = await work();
  } catch (error) {
    await received.show(failurePage(consent, error));
    throw error;
  }
  await received.show(successPage(consent, grant));
}

function successPage({ name, scopes }: BrowserConsent, { dataCenter, scope }: Grant): LandingPage {
  const granted = scope === undefined ? scopes : parseScopes(scope);
  return {
    isSuccess: true,
    title: 'Authorized',
    text: 'The authorization is stored. You may close this window.',
    facts: { Connection: name, 'Data center': dataCenter, Scopes: granted },
  };
}

function failurePage({ name }: BrowserConsent, error: unknown): LandingPage {
  const known = error instanceof CliError ? error : undefined;
  return {
    isSuccess: false,
    title: 'Not authorized',
    text: known?.message ?? 'The authorization could not be stored.',
    nextStep: known === undefined ? 'The terminal says why.' : known.nextStep,
    facts: { Connection: name },
  };
}
