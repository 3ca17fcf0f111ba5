import { expect, it } from 'vitest';
import { copyBody } from '../../../lambdas/client/body-copy.ts';

it('a copy of a body that stalls ends when its signal aborts, with what was read', async () => {
  const controller = new AbortController();
  const stalled = new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array([1])) });
  const chunks: Uint8Array[] = [];
  const copied = copyBody(new Response(stalled), 10, chunks, controller.signal);
  while (chunks.length === 0) await Promise.resolve();

  controller.abort();

  expect(await copied).toBe(true);
  expect(chunks).toEqual([new Uint8Array([1])]);
});
