/**
 * Ends the process with an exit code once everything written to stdout and stderr has been handed to the system.
 *
 * Entry points call this instead of setting `process.exitCode`: a process that ends by itself waits for every handle that
 * is still closing, and Node 20 can wait for a destroyed socket forever, at full CPU load.
 */
export async function exitWhenFlushed(exitCode: number): Promise<never> {
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  process.exit(exitCode);
}

/** Resolves also when the reader has closed the stream: then nothing more can be delivered. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
