import { parentPort } from 'node:worker_threads';

// The client's warnings about what the simulation does to it.
process.removeAllListeners('warning');

/**
 * One thread of `npm run simulate`. It imports the bundles that it is given, which share the packages that they import: loading
 * the AWS SDK takes longer than most defects take to be found.
 */
parentPort?.on('message', async ({ bundle, worlds }) => {
  const { runBatch } = await import(bundle);
  parentPort?.postMessage(await runBatch(worlds));
});
