/** More than a tick can start in its minute, at 50 a second. What does not fit stays due. */
const MOST_HELD = 4_000;

/**
 * The work of one kind in a tick. One reader adds to it while several workers take from it: what is urgent first, then in the order
 * in which it was added. What may not start yet is passed over, and taken as soon as it may: all work of a group may, or none of it.
 */
export class WorkQueue<Work> {
  readonly #mayStart: (work: Work) => boolean;
  readonly #groupOf: (work: Work) => string | undefined;
  readonly #urgent: Work[] = [];
  readonly #others: Work[] = [];
  /** By group, so that one question is enough for thousands that wait for the same data center. */
  readonly #passedOver = new Map<string | undefined, Work[]>();
  #isComplete = false;
  #running = 0;
  #wake: (() => void)[] = [];

  constructor(
    mayStart: (work: Work) => boolean = () => true,
    groupOf: (work: Work) => string | undefined = () => undefined,
  ) {
    this.#mayStart = mayStart;
    this.#groupOf = groupOf;
  }

  add(work: Work, isUrgent: boolean): void {
    hold(isUrgent ? this.#urgent : this.#others, work);
    // One worker is enough for it.
    this.#wake.pop()?.();
  }

  /** True if there is more urgent work than a tick can do. */
  get isFull(): boolean {
    return this.#urgent.length >= MOST_HELD;
  }

  /** What is passed over. */
  get passedOver(): readonly Work[] {
    return [...this.#passedOver.values()].flat();
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
      if (this.#isComplete && (this.#passedOver.size === 0 || this.#running === 0)) return undefined;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    return undefined;
  }

  #take(): Work | undefined {
    for (const list of [this.#urgent, this.#others]) {
      for (let work = list.shift(); work !== undefined; work = list.shift()) {
        if (this.#mayStart(work)) return work;
        this.#passOver(work);
      }
    }
    for (const [group, list] of this.#passedOver) {
      const [work] = list;
      if (work === undefined || !this.#mayStart(work)) continue;
      list.shift();
      if (list.length === 0) this.#passedOver.delete(group);
      return work;
    }
    return undefined;
  }

  #passOver(work: Work): void {
    const group = this.#groupOf(work);
    const list = this.#passedOver.get(group) ?? [];
    this.#passedOver.set(group, list);
    hold(list, work);
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
