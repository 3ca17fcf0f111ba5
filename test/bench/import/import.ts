import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { buildClient } from '../../../build/client.ts';
import { ROOT } from '../../../build/entries.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Benchmark } from '../benchmark.ts';
import { interleave, medianOf, ratioOf } from '../rounds.ts';

const ROUNDS = 11;
const CACHE = `${ROOT}node_modules/.cache/zoho-token-refresher`;

/** What a consumer's function has without this client: both use the secret's client at once and Lambda's when it is needed. */
const CODE = {
  client: `
    import { createZohoClient } from 'zoho-token-refresher/client';
    export const made = createZohoClient({ connection: 'crm-prod' });`,
  sdk: `
    import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
    export const made = [new SecretsManagerClient({}), GetSecretValueCommand];
    export const later = async () => {
      const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
      return [new LambdaClient({}), InvokeCommand];
    };`,
};
type Name = keyof typeof CODE;

/** Prints how long it took to load a module, in milliseconds. */
const LOAD = `
  const startedAtMs = performance.now();
  await import(process.argv[1]);
  process.stdout.write(String(performance.now() - startedAtMs), () => process.exit());`;

/** Both as a consumer's function is bundled: minified, in one file, with the SDK. */
export const importBenchmark: Benchmark = {
  title: 'a bundle with the client, against one with the bare SDK clients',
  retries: 2,
  measure: async () => {
    mkdirSync(CACHE, { recursive: true });
    const folder = mkdtempSync(`${CACHE}/import-`);
    try {
      await buildClient(folder);
      const files = { client: await bundle(folder, 'client'), sdk: await bundle(folder, 'sdk') };
      const load = { client: () => timeToLoad(files.client), sdk: () => timeToLoad(files.sdk) };
      await interleave(1, load);
      const rounds = await interleave<Name>(ROUNDS, load);
      const kb = { client: statSync(files.client).size / 1000, sdk: statSync(files.sdk).size / 1000 };
      return [
        {
          what: 'size of the bundle, compared with the bare clients',
          value: kb.client / kb.sdk,
          unit: 'times as large',
          goal: { atMost: 1.15 },
        },
        {
          what: 'time to load, compared with the bare clients',
          value: ratioOf(rounds, 'client', 'sdk'),
          unit: 'times as long',
          goal: { atMost: 1.4 },
        },
        { what: 'size with the client', value: kb.client, unit: 'KB' },
        { what: 'size with the bare clients', value: kb.sdk, unit: 'KB' },
        { what: 'time to load with the client', value: medianOf(rounds, 'client'), unit: 'ms' },
        { what: 'time to load with the bare clients', value: medianOf(rounds, 'sdk'), unit: 'ms' },
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function bundle(folder: string, name: Name): Promise<string> {
  const outfile = `${folder}/with-${name}.mjs`;
  await build({
    stdin: { contents: CODE[name], resolveDir: folder },
    alias: { 'zoho-token-refresher/client': `${folder}/client.mjs` },
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    // The client imports some of them when it needs them, and a consumer who does not has not installed them.
    external: Object.keys(packageJson.peerDependencies),
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return outfile;
}

async function timeToLoad(file: string): Promise<number> {
  const env = {
    PATH: process.env.PATH,
    AWS_REGION: 'eu-west-1',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', LOAD, file],
    { env },
  );
  return Number(stdout);
}
