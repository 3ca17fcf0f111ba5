import { expect, test } from 'vitest';
import { createPowertoolsLog } from '../../../lambdas/adapters/powertools-log.ts';
import { LogCollector } from '../../../sandbox/deployment/log-collector.ts';

test.each(['info', 'warn', 'error'] as const)(
  'a line of the level %s has its message and fields',
  (level) => {
    const collector = new LogCollector();
    const log = createPowertoolsLog(collector);

    log[level]('refreshed', { connection: 'crm-prod' });
    log[level]('no fields');

    expect(collector.lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: level.toUpperCase(), message: 'refreshed', connection: 'crm-prod' }),
      expect.objectContaining({ level: level.toUpperCase(), message: 'no fields' }),
    ]);
  },
);
