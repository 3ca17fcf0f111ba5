/** Something that the person at the terminal can mend: what is wrong in one line, and the next step in another. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  /** 1: it failed. 2: it was asked for in the wrong way. */
  readonly exitCode: 1 | 2 = 1;
  readonly nextStep: string | undefined;

  constructor(message: string, nextStep?: string) {
    super(message);
    this.nextStep = nextStep;
  }
}

/** The command was given in a way that makes no sense. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}

/** The person pressed Ctrl-C, or answered no. Nothing was changed, or the message says what was. */
export class CancelledError extends CliError {
  override readonly name = 'CancelledError';

  constructor(message = 'Cancelled. Nothing was changed.') {
    super(message);
  }
}
