import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readSnippets } from '../support/document-snippets.ts';
import { runCdkSnippet } from './run-cdk-snippet.ts';
import { createStack, propertiesOf } from './synthesize.ts';

const snippets = readSnippets(new URL('../../docs/networks.md', import.meta.url));

async function refresherWith(name: string) {
  const stack = createStack();
  await runCdkSnippet(snippets.get(name), stack, { zoho: stack.zoho });
  const [refresher] = propertiesOf(Template.fromStack(stack), 'AWS::Lambda::Function');
  return refresher;
}

test('a private certificate authority is in a layer, and the environment names its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'certificates'));
  writeFileSync(join(folder, 'certificates/company-ca.pem'), 'a certificate');
  const fromAsset = Code.fromAsset;
  vi.spyOn(Code, 'fromAsset').mockImplementation((path, options) =>
    fromAsset(path === 'certificates' ? join(folder, path) : path, options),
  );
  onTestFinished(() => {
    vi.restoreAllMocks();
  });

  expect(await refresherWith('authority')).toMatchObject({
    Layers: [{ Ref: expect.stringContaining('Authority') }],
    Environment: { Variables: { NODE_EXTRA_CA_CERTS: '/opt/company-ca.pem' } },
  });
});

test('a proxy is in the environment of the refresher', async () => {
  expect(await refresherWith('proxy')).toMatchObject({
    Environment: {
      Variables: { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'http://proxy.example.com:3128' },
    },
  });
});
