/**
 * Settles like the work, or rejects with the signal's reason as soon as it aborts. The AWS SDK looks at a signal only while a request
 * is on its way: not between its attempts, and not while a response's body is read.
 */
export function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abandon = () => reject(signal.reason);
    if (signal.aborted) abandon();
    else signal.addEventListener('abort', abandon, { once: true });
    void work.then(resolve, reject).then(() => signal.removeEventListener('abort', abandon));
  });
}
