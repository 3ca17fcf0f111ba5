import { MINUTE_MS } from '../../support/builders.ts';
import { CountedClients } from './counted-clients.ts';
import { judge, type Story } from './story.ts';

const BUSY = 100;
const HOURS = 6;
/** Zoho issues 60 in an hour. What is counted for 105 s longer, and what is learned anew in every hour, costs a third and more. */
const LEAST_TOKENS_AN_HOUR = 35;
/** Each of them makes Zoho refuse the client for ten minutes more. Without turns, there were 1,200. */
const MOST_THROTTLED = 60;

const MANY = 600;
/** 55 of them fall due in five minutes, and each has to wait for ten, of which its token is valid for six. */
const MOST_MINUTES = 700;

/** Zoho counts the tokens of a client together, as one of its pages says. */
export const CLIENT_STORIES: readonly Story[] = [
  {
    name: `Zoho issues 10 tokens in 10 minutes to a client with ${BUSY} connections`,
    tell: async () => {
      const zoho = new CountedClients({ busy: BUSY, other: 8 }, (index) => ((index * 7) % 54) * MINUTE_MS);
      await zoho.run(HOURS * 60);
      const tokens = zoho.tokensOf('busy');
      const [fewest, most] = [Math.min(...tokens), Math.max(...tokens)];
      const sum = tokens.reduce((total, each) => total + each, 0);
      return judge([
        [sum < HOURS * LEAST_TOKENS_AN_HOUR, `its connections got ${sum} tokens in ${HOURS} hours`],
        [most > fewest + 1, `one connection got ${fewest} tokens and another one ${most}`],
        [zoho.throttled > MOST_THROTTLED, `Zoho was asked ${zoho.throttled} times too often`],
        [Math.max(...zoho.gapsOf('other')) > 0, 'connections of another client had no valid token'],
      ]);
    },
  },
  {
    name: `Zoho throttles everyone for five minutes, among them a client with ${MANY} connections`,
    tell: async () => {
      const zoho = new CountedClients({ big: MANY }, (index) => ((index * 7) % 54) * MINUTE_MS);
      zoho.counts = false;
      await zoho.run(30);
      zoho.isThrottling = true;
      await zoho.run(5);
      zoho.isThrottling = false;
      await zoho.run(25);
      const nowMs = zoho.fleet.clock.now();
      const without = [...zoho.fleet.rows.values()].filter(({ token }) => (token?.expiresAtMs ?? 0) <= nowMs);
      const gaps = zoho.gapsOf('big').reduce((total, each) => total + each, 0);
      return judge([
        [without.length > 0, `${without.length} connections have no valid token 25 minutes later`],
        [gaps > MOST_MINUTES, `its connections were without a valid token for ${gaps} minutes in all`],
      ]);
    },
  },
];
