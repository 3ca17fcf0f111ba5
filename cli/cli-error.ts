/** An error that the user can act on: one line says what happened to what, the next line says what to do. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  /** 1: it failed. 2: wrong usage. */
  readonly exitCode: 1 | 2 = 1;
  readonly nextStep: string | undefined;

  constructor(message: string, nextStep?: string) {
    super(message);
    this.nextStep = nextStep;
  }
}

/** The command line, the input or the environment is not valid. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}

/** The user pressed Ctrl-C or answered no. The message says what, if anything, was changed. */
export class CancelledError extends CliError {
  override readonly name = 'CancelledError';

  constructor(message = 'Cancelled. Nothing was changed.') {
    super(message);
  }
}
