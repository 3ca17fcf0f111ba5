import type { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '../core/ports.ts';

/** Structured log through Powertools. */
export function createPowertoolsLog(logger: Logger): Log {
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
}
