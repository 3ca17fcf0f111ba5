import type { Benchmark } from './benchmark.ts';

/** Every benchmark by its name, loaded when it runs: what one leaves in memory must not slow the next. */
export const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  'hot-path': async () => (await import('./hot-path/hot-path.ts')).hotPath,
  stampede: async () => (await import('./stampede/stampede.ts')).stampede,
  lease: async () => (await import('./refresh/refresh.ts')).lease,
  refresh: async () => (await import('./refresh/refresh.ts')).refresh,
  fetch: async () => (await import('./fetch/fetch.ts')).fetchBenchmark,
  storm: async () => (await import('./storm/storm.ts')).storm,
  'idle-tick': async () => (await import('./idle-tick/idle-tick.ts')).idleTick,
  import: async () => (await import('./import/import.ts')).importBenchmark,
  tenants: async () => (await import('./tenants/tenants.ts')).tenants,
  status: async () => (await import('./status/status.ts')).status,
};
