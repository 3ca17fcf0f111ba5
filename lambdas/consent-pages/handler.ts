import { randomBytes } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { readPagesConfig } from './config.ts';
import { ANSWER_DEADLINE_MS, createConsentApi } from './consent-api.ts';
import { createPagesHandler } from './create-pages-handler.ts';

/**
 * Entry point of ConsentPages, the public function of the invites: the only file of it that reads the environment and randomness. Its role
 * may invoke ConsentApi's alias `pages`, and nothing else.
 */
const config = readPagesConfig(process.env);
const logger = new Logger();
const lambda = new LambdaClient({
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: ANSWER_DEADLINE_MS,
    throwOnRequestTimeout: true,
  },
});

export const handler = createPagesHandler({
  consentApi: createConsentApi(lambda, config.consentApi, (problem) =>
    logger.error('ConsentApi is unavailable', problem),
  ),
  brand: config.brand,
  newBrowser: () => randomBytes(32).toString('base64url'),
  report: (visit) => logger.info('page', visit),
});
