import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { LogCollector } from '../../sandbox/deployment/log-collector.ts';
import type { Canary } from './canary.ts';

/** A text that left the product. */
export interface Said {
  /** On which path, as the test named it. */
  readonly path: string;
  /** By which way it left, e.g. `log` or `thrown error, cause`. */
  readonly way: string;
  readonly text: string;
}

/** Deep enough for every error with its causes; an object of Node.js that hangs on one is not followed to its end. */
const INSPECT_DEPTH = 8;

const CONSOLE = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const;

/** Collects every text that leaves the product, by the path on which it did. */
export class CanaryRecorder {
  readonly said: Said[] = [];
  #path = 'before the first path';
  #isDeaf = false;

  /** Everything from now on is recorded for this path. */
  begin(path: string): void {
    this.#path = path;
  }

  note(way: string, text: string): void {
    if (!this.#isDeaf) this.said.push({ path: this.#path, way, text });
  }

  /** A value in every way in which it may be printed. */
  noteValue(way: string, value: unknown): void {
    for (const [how, text] of printsOf(value)) this.note(`${way}, ${how}`, text);
  }

  /** An error with its causes and its parts, in every way in which they may be printed. */
  noteError(way: string, error: unknown): void {
    const [itself, ...causes] = withCauses(error);
    this.noteValue(way, itself);
    for (const cause of causes) this.noteValue(`${way}, its cause`, cause);
  }

  /** Calls, and notes what comes of it. */
  async listenTo<T>(way: string, call: () => Promise<T> | T): Promise<{ value?: T; error?: unknown }> {
    try {
      const value = await call();
      this.noteValue(`${way}, result`, value);
      return { value };
    } catch (error) {
      this.noteError(`${way}, error`, error);
      return { error };
    }
  }

  /** Records nothing while the test itself acts. */
  async turnAway<T>(act: () => Promise<T> | T): Promise<T> {
    this.#isDeaf = true;
    try {
      return await act();
    } finally {
      this.#isDeaf = false;
    }
  }

  /** Notes what this process prints until the result is called: a test runner has a console of its own. */
  listenToOutput(): () => void {
    const restore = [process.stdout, process.stderr].map((stream) => {
      const { write } = stream;
      stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
        this.note(stream === process.stdout ? 'stdout' : 'stderr', Buffer.from(chunk).toString());
        const callback = rest.find((each) => typeof each === 'function');
        callback?.();
        return true;
      };
      return () => {
        stream.write = write;
      };
    });
    const restoreConsole = CONSOLE.map((method) => {
      const original = console[method];
      console[method] = (...args: unknown[]) => this.note(`console.${method}`, format(...args));
      return () => {
        console[method] = original;
      };
    });
    const onWarning = (warning: Error) => this.noteError('process warning', warning);
    process.on('warning', onWarning);
    return () => {
      process.off('warning', onWarning);
      for (const each of [...restore, ...restoreConsole]) each();
    };
  }

  /** Notes names and content of all files below a folder. */
  noteFiles(way: string, folder: string): void {
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      this.note(`${way}, name of a file`, file.name);
      if (file.isFile())
        this.note(`${way}, ${file.name}`, readFileSync(join(file.parentPath, file.name), 'latin1'));
    }
  }

  /** The ways by which secrets left, on one path or on all, each with one example. */
  findings(canary: Canary, path?: string): string[] {
    const found = new Map<string, string>();
    for (const { path: on, way, text } of this.said) {
      const isOnPath = path === undefined || path === on;
      const [find] = isOnPath && !found.has(way) ? canary.find(text) : [];
      if (find !== undefined) found.set(way, `${find.secret} ${find.disguise}: …${find.around}…`);
    }
    return [...found].map(([way, what]) => `${way}: ${what}`);
  }
}

function printsOf(value: unknown): [how: string, text: string][] {
  return [
    ['String()', attempt(() => String(value))],
    ['template', attempt(() => `${value}`)],
    ['console.log', inspect(value)],
    ['inspect', inspect(value, { depth: INSPECT_DEPTH, showHidden: true })],
    ['JSON', attempt(() => JSON.stringify(value))],
    ['JSON of all own properties', attempt(() => JSON.stringify(value, ownNames(value)))],
    ['spread', attempt(() => inspect({ ...(value as object) }, { depth: INSPECT_DEPTH }))],
    ['structured clone', attempt(() => inspect(structuredClone(value), { depth: INSPECT_DEPTH }))],
    ['log', logged(value)],
    ...(value instanceof Error ? printsOfError(value) : []),
  ];
}

function printsOfError(error: Error): [how: string, text: string][] {
  return [
    ['name', error.name],
    ['message', error.message],
    ['stack', error.stack ?? ''],
  ];
}

/** As a consumer's Powertools logger writes it. */
function logged(value: unknown): string {
  attempt(() => {
    if (value instanceof Error) consumersLog.error('failed', value);
    else consumersLog.info('done', { value });
    return '';
  });
  return consumersLog.lines.splice(0).join('\n');
}

const consumersLog = new LogCollector();

/** The names of an object's own properties, hidden ones too: `JSON.stringify` with them shows an error's message and stack. */
function ownNames(value: unknown): string[] | null {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyNames(value) : null;
}

/** A value that cannot be printed throws an error, whose text is recorded instead. */
function attempt(print: () => string | undefined): string {
  try {
    return print() ?? '';
  } catch (error) {
    return String(error);
  }
}

function withCauses(error: unknown): unknown[] {
  const found = new Set<unknown>();
  const follow = (each: unknown): void => {
    if (each === undefined || found.has(each)) return;
    found.add(each);
    if (!(each instanceof Error)) return;
    follow(each.cause);
    if (each instanceof AggregateError) each.errors.forEach(follow);
  };
  follow(error);
  return [...found];
}
