import { type Readable, Writable } from 'node:stream';
import { confirm, isCancel, password, select, text } from '@clack/prompts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { CancelledError, UsageError } from '../cli-error.ts';

/** A question, and how to answer it without a terminal. */
export interface Question {
  readonly message: string;
  /** The next step where no question can be asked, e.g. `Set ZOHO_CLIENT_ID.` */
  readonly withoutTerminal: string;
}

/**
 * Questions to the user. Each throws {@link UsageError} when stdin or stderr is not a terminal, and {@link CancelledError} on
 * Ctrl-C.
 */
export interface Prompts {
  /** Whether questions can be asked: stdin and stderr are terminals. */
  readonly isInteractive: boolean;
  /** A text, trimmed. Asked again while `validate` returns a message. */
  text(
    question: Question & { validate?: (answer: string) => string | undefined; placeholder?: string },
  ): Promise<string>;
  /** A secret, which is not shown while it is typed. `signal` withdraws the question, which then rejects. */
  secret(
    question: Question & { validate?: (answer: string) => string | undefined; signal?: AbortSignal },
  ): Promise<Redacted>;
  /** Yes or no. @default no */
  confirm(question: Question & { initial?: boolean }): Promise<boolean>;
  select<Value extends string>(
    question: Question & { options: readonly { value: Value; label: string }[] },
  ): Promise<Value>;
}

export function createPrompts(streams: {
  readonly input: Readable;
  readonly output: Writable;
  readonly isInteractive: boolean;
  /** Removes control characters from what is shown. */
  readonly printable: (text: string) => string;
}): Prompts {
  const { isInteractive, input, printable } = streams;
  const output = withKnownWidth(streams.output);
  const ask = async <Answer>(
    { message, withoutTerminal }: Question,
    prompt: () => Promise<Answer | symbol>,
  ): Promise<Answer> => {
    if (!isInteractive) throw new UsageError(`Cannot ask without a terminal: "${message}"`, withoutTerminal);
    const answer = await prompt();
    if (isCancel(answer)) throw new CancelledError();
    return answer as Answer;
  };
  const required = (answer: string | undefined) =>
    (answer ?? '').trim() === '' ? 'Enter a value, or press Ctrl-C to cancel.' : undefined;
  return {
    isInteractive,
    text: async (question) => {
      const { validate: validateText = () => undefined } = question;
      const message = printable(question.message);
      const placeholder = printable(question.placeholder ?? '');
      const validate = (answer: string | undefined) =>
        required(answer) ?? validateText((answer ?? '').trim());
      return (
        await ask<string>(question, () => text({ message, placeholder, validate, input, output }))
      ).trim();
    },
    secret: async (question) => {
      const message = printable(question.message);
      const { validate: validateText = () => undefined, signal } = question;
      const validate = (answer: string | undefined) =>
        required(answer) ?? validateText((answer ?? '').trim());
      const typed = await ask<string>(question, () =>
        password({
          message,
          validate,
          clearOnError: true,
          input,
          output,
          ...(signal === undefined ? {} : { signal }),
        }),
      );
      return new Redacted(typed.trim());
    },
    confirm: (question) => {
      const { initial = false } = question;
      const message = printable(question.message);
      return ask<boolean>(question, () => confirm({ message, initialValue: initial, input, output }));
    },
    select: <Value extends string>(
      question: Question & { options: readonly { value: Value; label: string }[] },
    ) => {
      const options = question.options.map(({ value, label }) => ({
        value: value as string,
        label: printable(label),
      }));
      const message = printable(question.message);
      return ask(question, () => select({ message, options, input, output })) as Promise<Value>;
    },
  };
}

/**
 * A terminal of unknown size (a serial line, some containers) reports 0 columns, and a prompt would be wrapped after every
 * character. A stream that reports no width is treated as 80 columns wide.
 */
function withKnownWidth(output: Writable & { readonly columns?: number }): Writable {
  if (output.columns !== 0) return output;
  return new Writable({ write: (chunk, encoding, done) => void output.write(chunk, encoding, done) });
}
