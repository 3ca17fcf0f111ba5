import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { createAwsClients } from './aws-clients.ts';
import { composeRefresher } from './compose-refresher.ts';
import { parseConfig } from './config.ts';

/**
 * Entry point of the refresher Lambda: the only file of the refresher that reads the environment, the clock and randomness. No setting
 * can send credentials anywhere but to Zoho's accounts servers.
 */
const config = parseConfig(process.env);

export const handler = composeRefresher({
  config,
  clock: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    abortAfter: (ms) => AbortSignal.timeout(ms),
  },
  random: Math.random,
  newLeaseOwner: randomUUID,
  aws: createAwsClients(),
  fetch: (...request) => fetch(...request),
  logger: new Logger({ serviceName: config.secretPrefix }),
  writeMetricLine: (line) => process.stdout.write(`${line}\n`),
});
