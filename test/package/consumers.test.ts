import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Project, ROOT } from './project.ts';

/** 25 MB, as `du` counts them: the space on the disk. */
const MAX_INSTALLED_KB = 25_000;
const TYPESCRIPT = join(ROOT, 'node_modules/typescript/bin/tsc');
const ESBUILD = join(ROOT, 'node_modules/esbuild/bin/esbuild');

/** What a consumer writes: the client, its errors, its fake, and objects that stand in for the client. */
const CONSUMER = `import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { createZohoClient, type ZohoAccessToken, type ZohoClient, ZohoClientError, zohoAccessToken } from 'zoho-token-refresher/client';
import { createFakeZohoClient } from 'zoho-token-refresher/testing';

const token: ZohoAccessToken = {
  accessToken: 'token', apiDomain: 'https://www.zohoapis.eu', dataCenter: 'eu', scope: '', generation: 1, expiresAt: new Date(0),
};
const literal: ZohoClient = {
  getAccessToken: () => Promise.resolve(token),
  fetch: () => Promise.resolve(new Response('{}')),
  reportRejected: () => Promise.resolve(false),
  reportAccepted: () => {},
  flush: () => Promise.resolve(),
  droppedCalls: 0,
};
const real: ZohoClient = createZohoClient({
  connection: 'crm-prod',
  metrics: 'off',
  secretsManagerClient: new SecretsManagerClient({ region: 'eu-central-1' }),
  lambdaClient: new LambdaClient({ region: 'eu-central-1' }),
});
const middleware = zohoAccessToken({ connection: 'crm-prod', metrics: 'off' });

async function countLeads(zoho: Pick<ZohoClient, 'fetch'>): Promise<number> {
  const { data } = (await (await zoho.fetch('/crm/v8/Leads')).json()) as { data: unknown[] };
  return data.length;
}

async function main(): Promise<void> {
  const fake = createFakeZohoClient({ answers: { '/crm/v8/Leads': { data: [{}, {}] } } });
  fake.rejectToken();
  const leads = await countLeads(fake);
  fake.failWith('not_authorized');
  const error: unknown = await fake.getAccessToken().catch((reason: unknown) => reason);
  if (!(error instanceof ZohoClientError)) throw new Error('not the class of the client');
  console.log(JSON.stringify({ leads, calls: fake.calls.length, code: error.code, others: [typeof real.fetch, typeof literal.fetch, typeof middleware.before] }));
}
void main();
`;
const PRINTED = {
  leads: 2,
  calls: 2,
  code: 'not_authorized',
  others: ['function', 'function', 'function'],
};

let project: Project;
beforeAll(async () => {
  project = new Project();
  await project.install(inject('tarball'));
  project.write({ 'esm.mts': CONSUMER, 'cjs.cts': CONSUMER });
});
afterAll(() => project.remove());

describe('an installation for the client alone', () => {
  it('takes at most 25 MB', () => {
    const [kilobytes = ''] = execFileSync('du', ['-sk', join(project.folder, 'node_modules')], {
      encoding: 'utf8',
    }).split('\t');

    console.log(`node_modules: ${kilobytes} KB`);
    expect(Number(kilobytes)).toBeLessThanOrEqual(MAX_INSTALLED_KB);
  });

  it('contains neither the CDK nor anything of the development', () => {
    const installed = readdirSync(join(project.folder, 'node_modules'));

    expect(installed.filter((name) => /cdk|constructs|zod|middy|esbuild|typescript|tsx/.test(name))).toEqual(
      [],
    );
  });

  it.each([
    ['require', 'cjs', "require('zoho-token-refresher')"],
    ['import', 'mjs', "import 'zoho-token-refresher'"],
  ])('tells who would %s the construct what to install', async (_, extension, code) => {
    project.write({ [`construct.${extension}`]: code });

    await expect(project.node(`construct.${extension}`)).rejects.toThrow(
      /The construct of zoho-token-refresher needs aws-cdk-lib and constructs, which are not installed here\. Run: npm install aws-cdk-lib@"\^2\.\d+\.0" constructs\./,
    );
  });
});

describe("a consumer's code", () => {
  it.each(['node16', 'nodenext', 'bundler'])('compiles with %s, without skipLibCheck', async (mode) => {
    project.write({
      'tsconfig.json': JSON.stringify({
        compilerOptions: compilerOptions(mode),
        files: ['esm.mts', 'cjs.cts'],
      }),
    });

    await project.node(TYPESCRIPT, '-p', '.');
  });

  it.each([
    ['esm.mts', 'esm'],
    ['cjs.cts', 'cjs'],
  ])('runs from %s, bundled and not', async (file, format) => {
    const extension = format === 'esm' ? 'mjs' : 'cjs';
    const common = [file, '--platform=node', `--format=${format}`, '--log-level=error'];
    const banner =
      "--banner:js=import{createRequire as createBundleRequire}from'node:module';const require=createBundleRequire(import.meta.url);";

    await project.run(ESBUILD, [...common, `--outfile=plain.${extension}`]);
    await project.run(ESBUILD, [
      ...common,
      '--bundle',
      ...(format === 'esm' ? [banner] : []),
      `--outfile=bundled.${extension}`,
    ]);

    expect(JSON.parse(await project.node(`plain.${extension}`))).toEqual(PRINTED);
    expect(JSON.parse(await project.node(`bundled.${extension}`))).toEqual(PRINTED);
  });
});

describe('the package', () => {
  it('has no findings of publint', async () => {
    const output = await project.run(join(ROOT, 'node_modules/.bin/publint'), [
      'run',
      inject('tarball'),
      '--strict',
    ]);

    expect(output).toContain('All good!');
  });

  it('has no findings of @arethetypeswrong/cli in any mode', async () => {
    await project.run(join(ROOT, 'node_modules/.bin/attw'), [
      inject('tarball'),
      '--format',
      'ascii',
      '--no-color',
    ]);
  });
});

function compilerOptions(mode: string): object {
  return {
    ...(mode === 'bundler' ? { module: 'esnext', moduleResolution: 'bundler' } : { module: mode }),
    target: 'es2022',
    lib: ['es2022'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
}
