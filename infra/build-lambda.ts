import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import { type LambdaName, lambdaFolder } from './lambda-folder.ts';

/**
 * Bundles the functions from their sources, in a fraction of a second. The same sources give the same bytes. A bundle that
 * is up to date is not touched, because another process may be reading it. Returns what each contains.
 */
export function buildLambda(folderOf: (name: LambdaName) => string = lambdaFolder): readonly Metafile[] {
  return Object.entries(HANDLERS).map(([name, handler]) => {
    const { outputFiles, metafile } = buildSync({ ...BUNDLING, entryPoints: [handler] });
    writeIfChanged(folderOf(name as LambdaName), outputFiles[0]?.contents ?? new Uint8Array());
    return metafile;
  });
}

function writeIfChanged(folder: string, code: Uint8Array): void {
  const bundle = join(folder, 'index.mjs');
  if (existsSync(bundle) && readFileSync(bundle).equals(code)) return;
  mkdirSync(folder, { recursive: true });
  // Beside the folder, because everything in it is deployed.
  const unfinished = `${folder}.${process.pid}`;
  writeFileSync(unfinished, code);
  renameSync(unfinished, bundle);
}

/** Path of each handler's module from the root of the project. */
const HANDLERS: Readonly<Record<LambdaName, string>> = {
  refresher: 'lambdas/refresher/handler.ts',
  'example-consumer': 'lambdas/example-consumer/handler.ts',
  'consent-api': 'lambdas/consent-api/handler.ts',
  'consent-pages': 'lambdas/consent-pages/handler.ts',
};

/**
 * Credential providers that the AWS SDK loads on demand with `import()`. In Lambda it never needs them: the first provider,
 * the environment, always has credentials.
 */
const NEVER_LOADED_IN_LAMBDA = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/** The AWS SDK is bundled too: pinned versions, and a faster start. */
const BUNDLING = {
  write: false,
  metafile: true,
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  external: NEVER_LOADED_IN_LAMBDA,
  // CommonJS dependencies call require(), which ES modules do not have.
  banner: {
    js: "import{createRequire as zohoCreateRequire}from'node:module';const require=zohoCreateRequire(import.meta.url);",
  },
  logLevel: 'warning',
} satisfies BuildOptions;
