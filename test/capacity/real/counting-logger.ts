import { Logger, type LogItem } from '@aws-lambda-powertools/logger';

/** Powertools' logger, of whose lines only the length is kept. */
export class CountingLogger extends Logger {
  readonly #onLine: (bytes: number) => void;

  constructor(onLine: (bytes: number) => void) {
    super({ serviceName: 'zoho' });
    this.#onLine = onLine;
  }

  protected override printLog(_level: number, item: LogItem): void {
    this.#onLine(JSON.stringify(item.getAttributes()).length + 1);
  }
}
