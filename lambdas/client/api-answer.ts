import { type ApiVerdict, judgeApiAnswer, mayBeRejection } from '../core/zoho/api-rejections.ts';
import { withDeadline } from './bound.ts';
import type { CompleteClock } from './client-clock.ts';

/** Error bodies of Zoho's APIs are short. No more than this is read, and no longer than this. */
export const MAX_JUDGED_BYTES = 64 * 1024;
const JUDGING_DEADLINE_MS = 1_000;

/**
 * What a response says about the token. The caller can still read all of it. `fetch` removes the token when it follows a
 * redirect to another origin, whose response says nothing about the token.
 *
 * @param sent where the request was sent, if a redirection to this machine changed it
 */
export async function judgeResponse(
  response: Response,
  url: URL,
  sent: URL,
  clock: CompleteClock,
): Promise<ApiVerdict> {
  if (wasRedirectedAway(response, sent) || !mayBeRejection(response.status)) return 'accepted';
  const body = await readStart(response.clone(), clock);
  return judgeApiAnswer({ status: response.status, body, url });
}

export function wasRedirectedAway(response: Response, sent: URL): boolean {
  return response.redirected && new URL(response.url).origin !== sent.origin;
}

async function readStart(copy: Response, clock: CompleteClock): Promise<string> {
  const reader = copy.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const read = async () => {
    while (size < MAX_JUDGED_BYTES) {
      const next = await reader?.read();
      if (next?.value === undefined) return;
      chunks.push(next.value);
      size += next.value.byteLength;
    }
  };
  try {
    await withDeadline(clock, JUDGING_DEADLINE_MS, read, () => undefined);
  } catch {
    // A body that breaks off is judged by its start. The caller meets the error when it reads the body.
  }
  // Not awaited: a clone's cancel resolves only when the response itself has been read or cancelled.
  reader?.cancel().catch(() => {});
  return Buffer.concat(chunks, Math.min(size, MAX_JUDGED_BYTES)).toString('utf8');
}
