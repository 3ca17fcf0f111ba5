import type { LogItem } from '@aws-lambda-powertools/logger';
import { Logger } from '@aws-lambda-powertools/logger';

/** Powertools' logger that keeps its lines instead of printing them. */
export class LogCollector extends Logger {
  /** Log lines as Lambda would print them, oldest first. */
  readonly lines: string[] = [];
  readonly #onLine: (line: string) => void;

  /** `onLine` is called with each line. */
  constructor(onLine: (line: string) => void = () => {}) {
    super({ serviceName: 'zoho', logLevel: 'DEBUG' });
    this.#onLine = onLine;
  }

  protected override printLog(_level: number, item: LogItem): void {
    const line = JSON.stringify(item.getAttributes());
    this.lines.push(line);
    this.#onLine(line);
  }
}
