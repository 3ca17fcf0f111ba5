import { createZohoClients } from '../../../lambdas/client/index.ts';
import { answerQuestions } from '../answer-questions.ts';

/** A consumer of many connections. Gets a token for each, keeps all of them, and says by how much its memory grew. */

/** Reads with few tenants in memory come first: the SDK, its sockets, compiled code and the garbage of reads are there as well. */
const FEW = 10;
const FIRST_READS = 3_000;
const CONCURRENCY = 20;
/** The garbage of reads is collected this often, so that it is not taken for memory of the tenants. */
const READS_PER_COLLECTION = 1_000;

/** By how many megabytes memory grew. */
export interface Grown {
  readonly heapMb: number;
  readonly rssMb: number;
}

answerQuestions({
  measure: async (tenants: number): Promise<Grown> => {
    const { used: before } = await getTokens(FIRST_READS, FEW);
    const { used: after, clients } = await getTokens(tenants, tenants);
    await clients.flush();
    return {
      heapMb: inMegabytes(after.heapUsed - before.heapUsed),
      rssMb: inMegabytes(after.rss - before.rss),
    };
  },
});

async function getTokens(count: number, maxConnections: number) {
  const clients = createZohoClients({ maxConnections, metrics: 'off' });
  const every = async (first: number) => {
    for (let tenant = first; tenant < count; tenant += CONCURRENCY) {
      await clients.for(`tenant-${tenant}`).getAccessToken();
      if (tenant % READS_PER_COLLECTION === 0) globalThis.gc?.();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, (_, first) => every(first)));
  globalThis.gc?.();
  return { clients, used: process.memoryUsage() };
}

function inMegabytes(bytes: number): number {
  return Math.round(bytes / 100_000) / 10;
}
