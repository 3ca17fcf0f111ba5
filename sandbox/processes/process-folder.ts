import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { SharedTime } from './shared-clock.ts';

/** CommonJS dependencies call require(), which an ES module does not have. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** What the refresher processes share: their program and the time. */
export class ProcessFolder {
  /** The worker as one file of JavaScript, which starts much faster than TypeScript. */
  readonly program: string;
  readonly time: SharedTime;
  readonly #path: string;

  constructor() {
    this.#path = mkdtempSync(join(tmpdir(), 'zoho-processes-'));
    this.program = join(this.#path, 'refresher-worker.mjs');
    this.time = new SharedTime(join(this.#path, 'time'));
    buildSync({
      entryPoints: [fileURLToPath(new URL('./refresher-worker.ts', import.meta.url))],
      outfile: this.program,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      mainFields: ['module', 'main'],
      banner: { js: REQUIRE },
      logLevel: 'warning',
    });
  }

  remove(): void {
    this.time.close();
    rmSync(this.#path, { recursive: true });
  }
}
