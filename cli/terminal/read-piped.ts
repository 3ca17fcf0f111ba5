import type { Readable } from 'node:stream';
import { UsageError } from '../cli-error.ts';

/** More than any credentials are long. */
const MAX_PIPED_BYTES = 64 * 1024;

/** Reads a pipe to its end, once, when it is asked for. */
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
    if (bytes > MAX_PIPED_BYTES)
      throw new UsageError('More than 64 KB were piped in: those are not credentials.');
  }
  return Buffer.concat(chunks).toString('utf8');
}
