import { dueConnection, SECOND_MS } from '../../support/builders.ts';
import { Storm } from './storm.ts';
import { judge, type Story } from './story.ts';

const AT_ONCE = 500;
/** 1,000 writes at 50 a second take 20 s. */
const PUBLISHED_WITHIN_MS = 30 * SECOND_MS;
/** On average, with the two that succeed. */
const MOST_REFUSED_WRITES = 10;

const CALLERS = 150;
const DUE = 600;
/** 600 renewals take 30 s at 20 a second, if those who complain leave them their writes. */
const RENEWED_WITHIN_MS = 40 * SECOND_MS;

/** Storms of consumers whose tokens Zoho's APIs reject. */
export const STORM_STORIES: readonly Story[] = [
  {
    name: `${AT_ONCE} tokens are rejected at once`,
    tell: async () => {
      const storm = new Storm(AT_ONCE);
      const calls = storm.names.map((name) => storm.complain(name));
      const answers = await storm.time.run(Promise.all(calls));
      const failed = answers.filter(({ outcome }) => outcome !== 'refreshed').length;
      const lastMs = Math.max(...answers.map(({ afterMs }) => afterMs));
      return judge([
        [failed > 0, `${failed} callers got no token`],
        [
          storm.minted !== storm.published,
          `${storm.minted - storm.published} minted tokens were thrown away`,
        ],
        [lastMs > PUBLISHED_WITHIN_MS, `the last token was published after ${Math.round(lastMs / 1000)} s`],
        [
          storm.refusedWrites > MOST_REFUSED_WRITES * AT_ONCE,
          `Secrets Manager refused ${storm.refusedWrites} writes`,
        ],
      ]);
    },
  },
  {
    name: 'tokens are rejected all the time, while others fall due',
    tell: async () => {
      const due = Array.from({ length: DUE }, (_, index) =>
        dueConnection({ name: `due-${index}`, source: 'connected' }),
      );
      const storm = new Storm(10 * CALLERS, due);
      const untilMs = storm.time.now() + RENEWED_WITHIN_MS;
      const names = storm.names.values();
      const complainUntilThen = async () => {
        const environment = storm.newEnvironment();
        for (const name of names) {
          if (storm.time.now() >= untilMs) return;
          const { outcome, retryAfterSeconds = 1 } = await storm.complain(name, environment);
          if (outcome !== 'refreshed') await storm.time.sleep(retryAfterSeconds * SECOND_MS);
        }
      };
      const callers = Array.from({ length: CALLERS }, complainUntilThen);
      await storm.time.run(Promise.all([storm.tick(), ...callers]));
      const late = due.filter(({ name }) => !storm.wasRenewedBy(name, untilMs)).length;
      return judge([
        [late > 0, `${late} of ${DUE} renewals were late`],
        [
          storm.minted !== storm.published,
          `${storm.minted - storm.published} minted tokens were thrown away`,
        ],
      ]);
    },
  },
];
