import Table from 'cli-table3';
import { colorsFor } from '../../cli/terminal/colors.ts';

const pc = colorsFor(process.stdout, process.env);

/** Whether a line is good news, bad news or neither. */
type Tone = 'good' | 'bad' | 'wait' | 'plain';

const MARKS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✗', wait: '…', plain: ' ' };
const COLOURS: Readonly<Record<Tone, (text: string) => string>> = {
  good: pc.green,
  bad: pc.red,
  wait: pc.yellow,
  plain: (text) => text,
};

/** Prints the story: colours on a terminal, plain text in a pipe. */
export class StoryScreen {
  readonly #startMs: number;
  readonly #writeLine: (line: string) => void;

  constructor(startMs: number, writeLine: (line: string) => void) {
    this.#startMs = startMs;
    this.#writeLine = writeLine;
  }

  title(text: string, detail: string): void {
    this.#writeLine(pc.bold(text));
    this.#writeLine(pc.dim(detail));
  }

  chapter(text: string): void {
    this.#writeLine('');
    this.#writeLine(pc.bold(pc.cyan(text)));
  }

  /** Prints an event: simulated time, subject and text. */
  event(nowMs: number, subject: string, text: string, tone: Tone = 'plain'): void {
    const time = pc.dim(formatClock(nowMs - this.#startMs));
    this.#writeLine(`${time}  ${COLOURS[tone](`${MARKS[tone]} ${subject.padEnd(9)}`)} ${text}`);
  }

  line(text = ''): void {
    this.#writeLine(text);
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const table = new Table({
      head: head.map((text) => pc.bold(text)),
      colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
      style: { head: [], border: [], compact: true },
    });
    table.push(...rows.map((row) => [...row]));
    this.#writeLine(table.toString());
  }
}

/** Simulated time since the start, e.g. `04:17`. */
export function formatClock(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** A duration in minutes and seconds, e.g. `54 min 12 s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
