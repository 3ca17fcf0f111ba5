/** What has been started and must be ended, also when what comes next does not start. */
export class Closing {
  readonly #started: { close(): Promise<void> }[] = [];

  add<Started extends { close(): Promise<void> }>(started: Started): Started {
    this.#started.push(started);
    return started;
  }

  /** Ends everything, the last first. A second time there is nothing to end. */
  async close(): Promise<void> {
    for (let last = this.#started.pop(); last !== undefined; last = this.#started.pop()) await last.close();
  }
}
