/** More than a tick can start in its minute. What does not fit stays due. */
const MOST_HELD = 2_000;

/**
 * The work of one kind in a tick. One reader adds to it while several workers take from it: what is urgent first, then in the order
 * in which it was added. What may not start yet is passed over, and taken as soon as it may.
 */
export class WorkQueue<Work> {
  readonly #mayStart: (work: Work) => boolean;
  readonly #urgent: Work[] = [];
  readonly #others: Work[] = [];
  #passedOver: Work[] = [];
  #isComplete = false;
  #running = 0;
  #wake: (() => void)[] = [];

  constructor(mayStart: (work: Work) => boolean = () => true) {
    this.#mayStart = mayStart;
  }

  add(work: Work, isUrgent: boolean): void {
    hold(isUrgent ? this.#urgent : this.#others, work);
    this.#changed();
  }

  /** True if there is more urgent work than a tick can do. */
  get isFull(): boolean {
    return this.#urgent.length >= MOST_HELD;
  }

  /** What is passed over. */
  get passedOver(): readonly Work[] {
    return this.#passedOver;
  }

  /** Nothing is added any more. */
  complete(): void {
    this.#isComplete = true;
    this.#changed();
  }

  /** Does the work with so many workers, until all of it is done, only work is left that may not start, or the time is over. */
  async run(workers: number, isOver: () => boolean, perform: (work: Work) => Promise<void>): Promise<void> {
    const worker = async () => {
      for (let work = await this.#next(isOver); work !== undefined; work = await this.#next(isOver)) {
        this.#running += 1;
        try {
          await perform(work);
        } finally {
          this.#running -= 1;
          this.#changed();
        }
      }
    };
    await Promise.all(Array.from({ length: workers }, worker));
  }

  async #next(isOver: () => boolean): Promise<Work | undefined> {
    while (!isOver()) {
      const work = this.#take();
      if (work !== undefined) return work;
      // Work that runs may show that what was passed over may start.
      if (this.#isComplete && (this.#passedOver.length === 0 || this.#running === 0)) return undefined;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    return undefined;
  }

  #take(): Work | undefined {
    for (const list of [this.#urgent, this.#others]) {
      for (let work = list.shift(); work !== undefined; work = list.shift()) {
        if (this.#mayStart(work)) return work;
        hold(this.#passedOver, work);
      }
    }
    const index = this.#passedOver.findIndex(this.#mayStart);
    return index === -1 ? undefined : this.#passedOver.splice(index, 1)[0];
  }

  #changed(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

function hold<Work>(list: Work[], work: Work): void {
  if (list.length < MOST_HELD) list.push(work);
}
