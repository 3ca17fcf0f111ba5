import { isSwitchedOff } from '../../lambdas/core/connection/operator-transitions.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { Session } from '../session.ts';
import type { RefresherAnswer } from './ask-refresher.ts';

/** Longer than a lease of the longest time-out. */
const PATIENCE_MS = 6 * 60_000;
const BETWEEN_LOOKS_MS = 2_000;

/** Asks for a new token and says what came of it. True when there is one that is valid. */
export async function goLive(session: Session, name: string): Promise<boolean> {
  const { terminal, clock } = session.machine;
  const progress = terminal.progress(`Asking the refresher for a token of ${name}`);
  let answer: RefresherAnswer;
  try {
    answer = await askUntilAnswered(session, name);
  } finally {
    progress.stop();
  }
  const { outcome, expiresAtMs, generation, retryAfterSeconds } = answer;
  const isLive = outcome === 'refreshed' || outcome === 'already-fresh';
  if (isLive && expiresAtMs !== undefined) {
    const left = formatDuration(expiresAtMs - clock.now());
    const what = outcome === 'refreshed' ? 'a new token' : 'a token that is newer already';
    terminal.print(
      `${terminal.colors.green('live')}: ${name} has ${what}, generation ${generation}, valid for ${left}.`,
    );
    return true;
  }
  terminal.say(`${terminal.sideColors.red('no new token')}: ${name}: ${await why(session, name, outcome)}`);
  if (retryAfterSeconds !== undefined)
    terminal.say(
      terminal.sideColors.dim(
        `  The next attempt is possible in ${formatDuration(retryAfterSeconds * 1000)}.`,
      ),
    );
  return false;
}

/** Another attempt under way is waited for, and then asked again: it may have begun with the credentials of before. */
async function askUntilAnswered(session: Session, name: string): Promise<RefresherAnswer> {
  const { clock, wait } = session.machine;
  const giveUpAtMs = clock.now() + PATIENCE_MS;
  for (;;) {
    const answer = await session.refresh(name);
    if (answer.outcome !== 'in-progress' || clock.now() > giveUpAtMs) return answer;
    await wait(BETWEEN_LOOKS_MS);
  }
}

async function why(session: Session, name: string, outcome: RefresherAnswer['outcome']): Promise<string> {
  const table = await session.connections();
  const row = await table.read(name, session.signal());
  if (outcome === 'budget-exhausted')
    return 'it has had as many tokens as may be asked for in ten minutes, or in a day.';
  if (outcome === 'in-progress') return 'another attempt is under way, and does not end.';
  if (row !== undefined && isSwitchedOff(row, 'paused')) return `it is paused. zoho-tokens resume ${name}`;
  return row?.lastFailure?.message ?? outcome;
}
