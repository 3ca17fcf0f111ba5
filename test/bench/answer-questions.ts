/** What a program is asked. */
export interface ToProgram {
  readonly id: number;
  readonly question: string;
  readonly about: unknown;
}

/** What it answers: anything that is JSON, or why it could not. */
export interface FromProgram {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** Answers the questions of the process that started this one, until that ends. Everything answers `ready`. */
export function answerQuestions(answers: Readonly<Record<string, (about: never) => unknown>>): void {
  process.on('message', ({ id, question, about }: ToProgram) => {
    const send = (message: Omit<FromProgram, 'id'>) => process.send?.({ id, ...message });
    Promise.resolve()
      .then(() => (question === 'ready' ? true : answers[question]?.(about as never)))
      .then(
        (answer) => send({ answer: answer ?? null }),
        (error: unknown) =>
          send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
  process.once('disconnect', () => process.exit());
}
