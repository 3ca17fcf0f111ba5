import { Logger } from '@aws-lambda-powertools/logger';
import { systemClock } from '../adapters/system-clock.ts';
import { nodeEntropy } from './adapters/node-entropy.ts';
import { createConsentAwsClients } from './aws-clients.ts';
import { composeConsentApi } from './compose-consent-api.ts';
import { parseConsentConfig } from './config.ts';

/** Entry point of the ConsentApi Lambda: the only file of it that reads the environment and takes the machine's clock. */
const config = parseConsentConfig(process.env);

export const handler = composeConsentApi({
  config,
  clock: systemClock,
  entropy: nodeEntropy,
  aws: createConsentAwsClients(),
  fetch: (...request) => fetch(...request),
  logger: new Logger({ serviceName: config.secretPrefix }),
  writeMetricLine: (line) => process.stdout.write(`${line}\n`),
});
