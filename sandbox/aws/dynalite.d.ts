/** The part of dynalite 4 that the sandbox uses; the package has no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Times in milliseconds. Everything is kept in memory unless `path` is given. */
  interface DynaliteOptions {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
    readonly path?: string;
  }

  export default function dynalite(options?: DynaliteOptions): Server;
}
