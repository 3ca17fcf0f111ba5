import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { systemClock } from '../adapters/system-clock.ts';
import { createAwsClients } from './aws-clients.ts';
import { composeRefresher } from './compose-refresher.ts';
import { parseConfig } from './config.ts';

/**
 * Entry point of the refresher Lambda: the only file of it that takes the environment, the clock and randomness of the machine. No
 * setting can send credentials anywhere but to Zoho's accounts servers.
 */
const config = parseConfig(process.env);

export const handler = composeRefresher({
  config,
  clock: systemClock,
  random: Math.random,
  newLeaseOwner: randomUUID,
  aws: createAwsClients(),
  fetch: (...request) => fetch(...request),
  logger: new Logger({ serviceName: config.secretPrefix }),
  writeMetricLine: (line) => process.stdout.write(`${line}\n`),
});
