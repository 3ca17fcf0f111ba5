import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

interface BillOfMaterials {
  readonly bomFormat: string;
  readonly components: readonly { readonly name: string; readonly licenses?: readonly unknown[] }[];
}

it('npm run sbom prints CycloneDX, with the license of every package', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    maxBuffer: 64 * 1024 * 1024,
  });

  const { bomFormat, components } = JSON.parse(stdout) as BillOfMaterials;
  expect(bomFormat).toBe('CycloneDX');
  expect(components.map(({ name }) => name)).toContain('@aws-sdk/client-secrets-manager');
  const withoutLicense = components.filter(({ licenses = [] }) => licenses.length === 0);
  // A license that is no SPDX ID is left out by npm. `test/unit/licenses.test.ts` knows it.
  expect(withoutLicense.map(({ name }) => name)).toEqual(['@cspell/dict-en-common-misspellings']);
});
