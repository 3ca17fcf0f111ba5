import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { FromProgram, ToProgram } from './answer-questions.ts';

/** In the project, where Node.js finds the packages. */
const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/zoho-token-refresher', import.meta.url));

/** A program in a process of its own, bundled as consumers' code is, that answers questions with `answerQuestions`. */
export class Program {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>();
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: FromProgram) => this.#receive(message));
    child.on('exit', (code, signal) => this.#fail(`the program has ended: ${code ?? signal}`));
  }

  /**
   * Starts so many processes of it.
   */
  static async start(
    program: URL,
    {
      count = 1,
      environment = {},
      execArgv = [],
    }: {
      readonly count?: number;
      readonly environment?: Readonly<Record<string, string>>;
      readonly execArgv?: readonly string[];
    } = {},
  ): Promise<readonly Program[]> {
    const outfile = await bundle(program);
    const env = {
      PATH: process.env.PATH,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...environment,
    };
    const children = Array.from({ length: count }, () =>
      fork(outfile, [], { env, execArgv: [...execArgv], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
    );
    const programs = children.map((child) => new Program(child));
    try {
      await Promise.all(programs.map((program) => program.ask('ready')));
    } finally {
      rmSync(outfile);
    }
    return programs;
  }

  /** Asks a question, and returns the answer. */
  async ask<Answer>(question: string, about: unknown = null): Promise<Answer> {
    const id = this.#asked++;
    return await new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, question, about } satisfies ToProgram, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }

  #receive({ id, answer, error }: FromProgram): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer as never);
    else waiting?.reject(new Error(error));
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}

async function bundle(program: URL): Promise<string> {
  const outfile = `${FOLDER}/${basename(program.pathname, '.ts')}-${process.pid}.mjs`;
  await build({
    entryPoints: [fileURLToPath(program)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  return outfile;
}
