import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

it('the client adds to a bundle what README says, minified and compressed', async () => {
  const bundled = await build({
    absWorkingDir: ROOT,
    entryPoints: ['lambdas/client/index.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['@aws-sdk/*'],
    write: false,
  });
  const { contents } = bundled.outputFiles[0] as { contents: Uint8Array };
  const kilobytes = (bytes: number) => bytes / 1000;

  const readme = readFileSync(`${ROOT}/README.md`, 'utf8').replaceAll('\n', ' ');
  const [, minified, compressed] =
    /adds ([\d.]+) KB to a minified bundle, or ([\d.]+) KB compressed/.exec(readme) ?? [];

  expect(kilobytes(contents.length)).toBeCloseTo(Number(minified), 0);
  expect(kilobytes(gzipSync(contents).length)).toBeCloseTo(Number(compressed), 0);
});
