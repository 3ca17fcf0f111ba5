import { type Readable, Writable } from 'node:stream';
import { confirm, isCancel, password, select, text } from '@clack/prompts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { CancelledError, UsageError } from '../cli-error.ts';

/** A question, and how it can be answered where nobody can be asked. */
export interface Question {
  readonly message: string;
  /** What to do without a terminal, e.g. `Set ZOHO_CLIENT_ID.` */
  readonly otherwise: string;
}

/**
 * Questions to the person at the terminal. Each throws {@link UsageError} where nobody can be asked, and
 * {@link CancelledError} on Ctrl-C.
 */
export interface Prompts {
  /** Somebody is there to be asked. */
  readonly isInteractive: boolean;
  /** A text, trimmed; asked again while `fault` says what is wrong with it. */
  text(
    question: Question & { fault?: (answer: string) => string | undefined; placeholder?: string },
  ): Promise<string>;
  /** A secret: what is typed is not shown. */
  secret(question: Question): Promise<Redacted>;
  /** Yes or no; no when nothing is chosen. */
  confirm(question: Question & { initial?: boolean }): Promise<boolean>;
  select<Value extends string>(
    question: Question & { options: readonly { value: Value; label: string }[] },
  ): Promise<Value>;
}

export function createPrompts(streams: {
  readonly input: Readable;
  readonly output: Writable;
  readonly isInteractive: boolean;
}): Prompts {
  const { isInteractive, input } = streams;
  const output = ofSomeWidth(streams.output);
  const ask = async <Answer>(
    { message, otherwise }: Question,
    prompt: () => Promise<Answer | symbol>,
  ): Promise<Answer> => {
    if (!isInteractive) throw new UsageError(`Nobody can be asked here: "${message}"`, otherwise);
    const answer = await prompt();
    if (isCancel(answer)) throw new CancelledError();
    return answer as Answer;
  };
  const required = (answer: string | undefined) =>
    (answer ?? '').trim() === '' ? 'Type something, or press Ctrl-C.' : undefined;
  return {
    isInteractive,
    text: async (question) => {
      const { message, placeholder = '', fault = () => undefined } = question;
      const validate = (answer: string | undefined) => required(answer) ?? fault((answer ?? '').trim());
      return (
        await ask<string>(question, () => text({ message, placeholder, validate, input, output }))
      ).trim();
    },
    secret: async (question) => {
      const { message } = question;
      const typed = await ask<string>(question, () =>
        password({ message, validate: required, input, output }),
      );
      return new Redacted(typed.trim());
    },
    confirm: (question) => {
      const { message, initial = false } = question;
      return ask<boolean>(question, () => confirm({ message, initialValue: initial, input, output }));
    },
    select: <Value extends string>(
      question: Question & { options: readonly { value: Value; label: string }[] },
    ) => {
      const options = question.options.map(({ value, label }) => ({ value: value as string, label }));
      return ask(question, () =>
        select({ message: question.message, options, input, output }),
      ) as Promise<Value>;
    },
  };
}

/**
 * A terminal that does not know its size (a serial line, some containers) says 0 columns, and a question would be one
 * character a line. A stream that says nothing is taken for one of 80.
 */
function ofSomeWidth(output: Writable & { readonly columns?: number }): Writable {
  if (output.columns !== 0) return output;
  return new Writable({ write: (chunk, encoding, done) => void output.write(chunk, encoding, done) });
}
