import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { Grown } from './consumer.ts';
import { serveTokens } from './serve-tokens.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The goal: so many tenants in one process, each with its token in memory, take at most so many megabytes. */
export const TENANTS = 10_000;
export const MAX_MEGABYTES = 60;

export interface TenantsResult extends Grown {
  /** Connections to Secrets Manager. */
  readonly sockets: number;
  readonly isGood: boolean;
}

/** Runs a consumer of many connections, bundled as consumers are, in a process of its own. */
export async function measureTenants(tenants = TENANTS): Promise<TenantsResult> {
  const { url, sockets, close } = await serveTokens();
  // In the project, where Node.js finds the SDK.
  const outfile = `${ROOT}/node_modules/.cache/zoho-token-refresher/tenants-${process.pid}.mjs`;
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/bench/tenants/consumer.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  try {
    const env = {
      PATH: process.env.PATH,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_ENDPOINT_URL: url,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    };
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', outfile, `${tenants}`], {
      env,
    });
    const grown = JSON.parse(stdout) as Grown;
    return {
      ...grown,
      sockets: sockets(),
      isGood: Math.max(grown.heapMb, grown.rssMb) <= MAX_MEGABYTES,
    };
  } finally {
    close();
    rmSync(outfile);
  }
}
