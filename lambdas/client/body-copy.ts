/**
 * Reads a copy of a body into `chunks`: all of it, or until it is larger than `maxBytes`, or until `signal` aborts. The request
 * or response itself can still be read. Returns whether that was all of it. Rejects if the body breaks off.
 */
export const copyBody = async (
  source: Request | Response,
  maxBytes: number,
  chunks: Uint8Array[],
  signal?: AbortSignal,
): Promise<boolean> => {
  const reader = source.clone().body?.getReader();
  // Not awaited: a clone's cancel resolves only when the source itself has been read or cancelled.
  const cancel = () => void reader?.cancel().catch(() => {});
  signal?.addEventListener('abort', cancel);
  for (let bytes = 0; bytes <= maxBytes; ) {
    const next = await reader?.read();
    if (!next?.value) return true;
    chunks.push(next.value);
    bytes += next.value.byteLength;
  }
  cancel();
  return false;
};
