import { composeConsentMessage } from '../../lambdas/core/consent/consent-message.ts';
import { consentUrl } from '../../lambdas/core/consent/consent-url.ts';
import { UsageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { BrowserConsent } from './browser-consent-request.ts';

/** How the answer of the consent page can arrive. */
export interface ShownConsentPage {
  /** Whether a browser of this machine shows it. Otherwise the user opens its address anywhere, and brings the answer. */
  readonly isOpen: boolean;
  /** Removes what was left on disk for the browser. */
  end(): void;
}

/** Opens the consent page, or prints its address, and a message to send it to someone else. */
export async function sendToConsentPage(
  session: Session,
  consent: BrowserConsent,
  state: string,
): Promise<ShownConsentPage> {
  const { terminal, openBrowser } = session.runtime;
  const { dataCenter, client, scopes, redirectUri, opensBrowser } = consent;
  const url = session.zohoUrl(
    consentUrl({ dataCenter, scopes, state, clientId: client.clientId, redirectUri: redirectUri.text }),
  );
  terminal.info(
    `Requesting ${scopes.join(', ')} in data center ${dataCenter}. Sign in as the owner of the Zoho account.`,
  );
  const shown = { isOpen: false, end: () => {} };
  if (!opensBrowser) {
    requireWayBack(session, consent);
    showAddress(session, consent, url);
    return shown;
  }
  terminal.info(
    `Opening the consent page in your browser. If it does not open, go to:\n\n${url}\n\nIf Zoho shows an error instead, press Ctrl-C, and check the data center, the client ID and the scopes.`,
  );
  try {
    return { isOpen: true, end: await openBrowser(url) };
  } catch {
    requireWayBack(session, consent);
    terminal.info(terminal.infoColors.yellow('No browser could be started. Open the address yourself.'));
    showAddress(session, consent, url);
    return shown;
  }
}

/** Without a browser, someone has to bring the answer: a user at the terminal, or a program by stdin. */
function requireWayBack({ runtime }: Session, { name, redirected }: BrowserConsent): void {
  if (redirected || runtime.terminal.prompts.isInteractive) return;
  throw new UsageError(
    'There is no browser, and no terminal to paste the address at which a browser ends. Nothing was changed.',
    `Run zoho-tokens authorize ${name} --no-browser in a terminal, or pipe in the address: authorize ${name} --redirected -`,
  );
}

function showAddress({ runtime }: Session, consent: BrowserConsent, url: string): void {
  const { terminal } = runtime;
  const { name, dataCenter, scopes, redirectUri } = consent;
  const { port } = redirectUri;
  const message = composeConsentMessage({
    ...{ connection: name, dataCenter, scopes, url },
    redirectUri: redirectUri.text,
  });
  terminal.info(
    [
      'Open the address in any browser, or send this message to the administrator of the Zoho account:',
      `\n----------\n${message}\n----------\n`,
      `With a browser on another machine that reaches this one by SSH, run there first, and paste nothing:`,
      `  ssh -N -L ${port}:127.0.0.1:${port} ${sshTarget(runtime.environment)}`,
    ].join('\n'),
  );
}

/** `SSH_CONNECTION` is "client address, client port, server address, server port". */
function sshTarget({ SSH_CONNECTION = '' }: Readonly<Record<string, string | undefined>>): string {
  const [, , server = ''] = SSH_CONNECTION.split(' ');
  return /^[\w.:]+$/.test(server) ? server : 'THIS_MACHINE';
}
