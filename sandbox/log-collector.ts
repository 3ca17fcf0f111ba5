import type { LogItem } from '@aws-lambda-powertools/logger';
import { Logger } from '@aws-lambda-powertools/logger';

/** Powertools' logger, keeping its lines instead of printing them. */
export class LogCollector extends Logger {
  /** Log lines as Lambda would print them, oldest first. */
  readonly lines: string[] = [];

  constructor() {
    super({ serviceName: 'zoho', logLevel: 'DEBUG' });
  }

  protected override printLog(_level: number, item: LogItem): void {
    this.lines.push(JSON.stringify(item.getAttributes()));
  }
}
