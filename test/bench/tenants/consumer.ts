import { createZohoClients } from '../../../lambdas/client/index.ts';

/**
 * A consumer of many connections, in a process of its own. Gets a token for each, all of them kept, and says by how many megabytes heap
 * and resident memory grew. Argument: how many connections.
 */
const TENANTS = Number(process.argv[2]);
/** The same reads with few tenants in memory come first: the SDK, its sockets, compiled code and the garbage of reads are there as well. */
const FEW = 10;
const CONCURRENCY = 20;

/** By how many megabytes memory grew. */
export interface Grown {
  readonly heapMb: number;
  readonly rssMb: number;
}

const inMegabytes = (bytes: number) => Math.round(bytes / 100_000) / 10;

async function getTokens(count: number, maxConnections: number) {
  const clients = createZohoClients({ maxConnections, metrics: 'off' });
  const every = async (first: number) => {
    for (let tenant = first; tenant < count; tenant += CONCURRENCY)
      await clients.for(`tenant-${tenant}`).getAccessToken();
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, (_, first) => every(first)));
  globalThis.gc?.();
  return { clients, used: process.memoryUsage() };
}

const { used: before } = await getTokens(TENANTS, FEW);
const { used: after, clients } = await getTokens(TENANTS, TENANTS);
await clients.flush();
const grown: Grown = {
  heapMb: inMegabytes(after.heapUsed - before.heapUsed),
  rssMb: inMegabytes(after.rss - before.rss),
};
process.stdout.write(JSON.stringify(grown), () => process.exit());
