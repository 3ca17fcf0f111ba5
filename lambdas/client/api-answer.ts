import {
  type ApiVerdict,
  judgeApiAnswer,
  MAX_BODY_LENGTH,
  mayBeRejection,
} from '../core/zoho/api-rejections.ts';
import { copyBody } from './body-copy.ts';
import { withDeadline } from './bound.ts';
import type { CompleteClock } from './client-clock.ts';

/** A body is not read for longer than this. */
const JUDGING_DEADLINE_MS = 1_000;

/** What a response says about the token, whose body the caller can still read. `url` is the request's. */
export const judgeResponse = async (
  response: Response,
  url: URL,
  clock: CompleteClock,
): Promise<ApiVerdict> => {
  const { status } = response;
  if (!mayBeRejection(status)) return 'accepted';
  const chunks: Uint8Array[] = [];
  const read = (signal: AbortSignal) => copyBody(response, MAX_BODY_LENGTH, chunks, signal);
  // A body that breaks off is judged by its start. The caller meets the error when it reads the body.
  await withDeadline(clock, JUDGING_DEADLINE_MS, read, () => false).catch(() => false);
  return judgeApiAnswer({ status, body: Buffer.concat(chunks).toString(), url });
};
