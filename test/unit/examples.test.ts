import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { readExample, renderExamples } from '../support/examples-documentation.ts';
import { ROOT } from './architecture/source-tree.ts';

const FOLDERS = readdirSync(join(ROOT, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

test.each(Object.entries(renderExamples()))('%s is what `npm run docs` writes', (path, text) => {
  expect(readExample(path)).toBe(text);
});

test('examples/README.md lists every example, and has the command that runs it', () => {
  const readme = readExample('examples/README.md');

  const missing = FOLDERS.filter(
    (name) => !readme.includes(`| \`examples/${name}\` |`) || !readme.includes(`<!-- snippet: ${name} -->`),
  );

  expect(missing).toEqual([]);
});

describe('the package.json of the examples', () => {
  it.each(['cdk-app', 'consumer-typescript'])('%s installs the package from its repository', (name) => {
    const { dependencies } = JSON.parse(readExample(`examples/${name}/package.json`)) as Manifest;

    expect(dependencies['zoho-token-refresher']).toBe(packageJson.repository.url);
  });

  it('asks for the construct libraries that the package supports', () => {
    const { dependencies } = JSON.parse(readExample('examples/cdk-app/package.json')) as Manifest;

    expect(dependencies).toMatchObject({
      'aws-cdk-lib': packageJson.peerDependencies['aws-cdk-lib'],
      constructs: packageJson.peerDependencies.constructs,
    });
  });
});
