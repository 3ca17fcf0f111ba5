import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { UsageError } from '../cli-error.ts';

/** Far more than any credentials need. */
const MAX_PIPED_BYTES = 64 * 1024;

/** Reads a pipe to its end on the first call, and returns the same text on later ones. */
export function readPiped(stdin: Readable): () => Promise<string> {
  let text: Promise<string> | undefined;
  return () => {
    text ??= readAll(stdin);
    return text;
  };
}

async function readAll(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk as Uint8Array));
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_PIPED_BYTES) {
      throw new UsageError(
        'The input on stdin is longer than 64 KB.',
        'Pipe in credentials only, or nothing. See zoho-tokens authorize --help.',
      );
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads the first line that is not empty, without waiting for the end of the pipe. */
export async function readLine(stdin: Readable): Promise<Redacted> {
  for await (const line of createInterface({ input: stdin })) {
    if (line.trim() !== '') return new Redacted(line.trim());
  }
  throw new UsageError('There is no line on stdin.', 'Pipe in the address at which the browser ended.');
}
