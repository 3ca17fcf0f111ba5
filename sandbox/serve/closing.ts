/** Services that were started and must be closed, even if a later one fails to start. */
export class Closing {
  readonly #started: { close(): Promise<void> }[] = [];

  add<Started extends { close(): Promise<void> }>(started: Started): Started {
    this.#started.push(started);
    return started;
  }

  /** Closes everything, the last first. A second call does nothing. */
  async close(): Promise<void> {
    for (let last = this.#started.pop(); last !== undefined; last = this.#started.pop()) await last.close();
  }
}
