import type { Callback } from '../../lambdas/core/consent/callback.ts';
import { adviseOnPasted } from '../../lambdas/core/consent/consent-advice.ts';
import { type ExpectedRedirect, parsePastedAddress } from '../../lambdas/core/consent/pasted-address.ts';
import type { Redacted } from '../../lambdas/core/redacted.ts';
import { CODE_LIFE } from '../../lambdas/core/zoho/code-response.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { LandingPage } from './landing-page.ts';
import type { LoopbackListener, ReceivedCallback } from './loopback-listener.ts';

/** Where the answer of the consent page may come from. The first one counts. */
export interface AnswerSources {
  readonly name: string;
  /** Undefined when the port is taken. */
  readonly listener: LoopbackListener | undefined;
  /** Asks the user for the address at which the browser ended, or reads it from stdin. */
  readonly pasting: 'ask' | 'read' | 'no';
  readonly expected: ExpectedRedirect;
  /** Rejects on Ctrl-C and on timeout. */
  readonly cancelled: Promise<never>;
}

/** Waits for the answer of the consent page. A question that is no longer needed is withdrawn. */
export async function awaitCallback(session: Session, sources: AnswerSources): Promise<ReceivedCallback> {
  const { listener, pasting, cancelled } = sources;
  const { terminal } = session.runtime;
  const received = listener === undefined ? [] : [listener.received];
  if (pasting === 'no') {
    return await terminal.withProgress('Waiting for consent in the browser (Ctrl-C cancels)', () =>
      Promise.race([...received, cancelled]),
    );
  }
  const answered = new AbortController();
  const pasted = pasting === 'ask' ? ask(session, sources, answered.signal) : read(session, sources);
  // The question that is withdrawn rejects after the race.
  pasted.catch(() => {});
  try {
    return await Promise.race([...received, pasted, cancelled]);
  } finally {
    answered.abort();
  }
}

async function ask(session: Session, sources: AnswerSources, signal: AbortSignal): Promise<ReceivedCallback> {
  const pasted = await session.runtime.terminal.prompts.secret({
    message: `Paste the address at which the browser ended (not shown). Be quick: its code lives ${CODE_LIFE}`,
    withoutTerminal: 'Use --redirected -.',
    validate: (text) => {
      const parsed = parsePastedAddress(text, sources.expected);
      if (parsed.kind === 'callback') return undefined;
      const { message, nextStep } = adviseOnPasted(parsed.kind, sources.name);
      return `${message} ${nextStep}`;
    },
    signal,
  });
  return withoutBrowser(callbackIn(pasted, sources));
}

async function read(session: Session, sources: AnswerSources): Promise<ReceivedCallback> {
  const { terminal } = session.runtime;
  terminal.info('Reading the address at which the browser ended from stdin, one line.');
  return withoutBrowser(callbackIn(await terminal.readLine(), sources));
}

function callbackIn(pasted: Redacted, { expected, name }: AnswerSources): Callback {
  const parsed = parsePastedAddress(pasted.reveal(), expected);
  if (parsed.kind === 'callback') return parsed.callback;
  const { message, nextStep } = adviseOnPasted(parsed.kind, name);
  throw new CliError(`${message} Nothing was changed.`, nextStep);
}

/** The browser has shown its page already, so it gets no other. */
function withoutBrowser(callback: Callback): ReceivedCallback {
  return { callback, show: (_page: LandingPage) => Promise.resolve() };
}
