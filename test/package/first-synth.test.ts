import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Project } from './project.ts';

const CDK = ['aws-cdk-lib', 'constructs', 'aws-cdk@2'];
const MAX_SECONDS = 180;

const TEST_CODE = `const stack = new ZohoTokenRefresherStack(new App(), 'Tested', {
  connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
});
Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { Runtime: 'nodejs24.x', Handler: 'index.handler' });
console.log('tested');
`;
const IMPORTS = `import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ZohoTokenRefresherStack } from 'zoho-token-refresher';
`;
const REQUIRES = `const { App } = require('aws-cdk-lib');
const { Template } = require('aws-cdk-lib/assertions');
const { ZohoTokenRefresherStack } = require('zoho-token-refresher');
`;

describe('from an empty folder to cdk synth', () => {
  /** Installed once: npm takes most of a minute to unpack the CDK. */
  const plain = new Project();
  let secondsToInstall: number;
  beforeAll(async () => {
    const startedMs = performance.now();
    await plain.install(inject('tarball'), ...CDK);
    secondsToInstall = secondsSince(startedMs);
  });
  afterAll(() => plain.remove());

  it.each([
    {
      kind: 'TypeScript as CommonJS with ts-node',
      packages: ['ts-node', 'typescript@5', '@types/node'],
      test: ['npx', 'ts-node', 'app.test.ts'],
      code: IMPORTS,
    },
    {
      kind: 'TypeScript as an ES module with tsx',
      packages: ['tsx', 'typescript', '@types/node', 'esbuild'],
      test: ['npx', 'tsx', 'app.test.mts'],
      code: IMPORTS,
    },
    { kind: 'plain JavaScript', packages: [], test: ['node', 'app.test.cjs'], code: REQUIRES },
  ])('takes 3 commands and less than 3 minutes: $kind', async ({ packages, test, code }) => {
    const project = plain.copy();
    const startedMs = performance.now();

    if (packages.length > 0) await project.install(...packages);
    await project.run('npx', ['--no-install', 'zoho-tokens', 'init']);
    await project.run('npx', ['cdk', 'synth', '--quiet']);

    const seconds = secondsToInstall + secondsSince(startedMs);
    console.log(`${packages[0] ?? 'JavaScript'}: ${seconds.toFixed(0)} s`);
    expect(seconds).toBeLessThan(MAX_SECONDS);
    const template = project.template();
    expect(template).toContain('"zoho/crm-prod/access-token"');
    expect(template).toContain('"nodejs24.x"');

    const [command = '', ...args] = test;
    project.write({ [args.at(-1) ?? '']: `${code}${TEST_CODE}` });
    expect(await project.run(command, args)).toContain('tested');
    if (packages.includes('typescript@5') || packages.includes('typescript')) {
      await project.run('npx', ['tsc', '-p', '.']);
    }
    if (packages.includes('tsx')) await checkExamples(project);
    project.remove();
  });
});

/** The examples of this repository with the package that was installed, and not with the files of the checkout. */
async function checkExamples(project: Project): Promise<void> {
  const [app, consumer] = [project.example('cdk-app'), project.example('consumer-typescript')];
  await Promise.all([app.run('npx', ['tsc', '-p', '.']), consumer.run('npx', ['tsc', '-p', '.'])]);
  await Promise.all([
    app.run('npx', ['cdk', 'synth', '--quiet']),
    consumer.node('--import', 'tsx', '--test', 'handler.test.ts'),
  ]);
  expect(app.template()).toContain('"zoho/desk-us/access-token"');
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}
