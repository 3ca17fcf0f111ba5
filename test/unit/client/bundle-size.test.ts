import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClient } from '../../../build/client.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MAX_KB = { minified: 28.8, compressed: 12.9 };

let folder: string;

/** The package as `npm run build` makes it. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zoho-client-'));
  await buildClient(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What an import adds to a consumer's bundle, without the AWS SDK's clients. */
async function bundle(names: string): Promise<Buffer> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names} } from './client.mjs';`, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['@aws-sdk/*'],
    write: false,
  });
  return Buffer.from(outputFiles[0]?.contents ?? []);
}

describe('what the client adds to a bundle', () => {
  it('is at most 28.8 KB minified and 12.9 KB compressed, and what README says', async () => {
    const code = await bundle('createZohoClient, zohoAccessToken, ZohoClientError');
    const size = { minified: code.length / 1000, compressed: gzipSync(code).length / 1000 };

    const readme = readFileSync(`${ROOT}/README.md`, 'utf8').replaceAll('\n', ' ');
    const [, minified, compressed] =
      /adds ([\d.]+) KB to a minified bundle, or ([\d.]+) KB compressed/.exec(readme) ?? [];

    expect(size.minified).toBeLessThanOrEqual(MAX_KB.minified);
    expect(size.compressed).toBeLessThanOrEqual(MAX_KB.compressed);
    expect([size.minified.toFixed(1), size.compressed.toFixed(1)]).toEqual([minified, compressed]);
  });

  it('has nothing of createZohoClients unless that is imported', async () => {
    const single = await bundle('createZohoClient, zohoAccessToken, ZohoClientError');
    const many = await bundle('createZohoClients');

    expect(many.toString()).toContain('maxConnections');
    expect(single.toString()).not.toContain('maxConnections');
  });
});
