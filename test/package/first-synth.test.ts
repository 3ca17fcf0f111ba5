import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
    const template = readTemplate(project);
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
  expect(readTemplate(app)).toContain('"zoho/desk-us/access-token"');
}

describe('an app of cdk init', () => {
  const project = new Project();
  afterAll(() => project.remove());

  it('synthesizes with the construct in its stack, and tests it with jest', async () => {
    await project.run('npx', [
      '--yes',
      'aws-cdk@2',
      'init',
      'app',
      '--language=typescript',
      '--generate-only',
    ]);
    await project.install();
    await project.install(inject('tarball'));
    const { name } = JSON.parse(readFileSync(join(project.folder, 'package.json'), 'utf8')) as {
      name: string;
    };
    const className = /class (\w+)/.exec(
      readFileSync(join(project.folder, `lib/${name}-stack.ts`), 'utf8'),
    )?.[1];
    project.write({
      [`lib/${name}-stack.ts`]: `import * as cdk from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ZohoTokenRefresher } from 'zoho-token-refresher';

export class ${className} extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const zoho = new ZohoTokenRefresher(this, 'Zoho', {
      connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
    });
    const leads = new LambdaFunction(this, 'Leads', {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = () => {};'),
    });
    zoho.connection('crm-prod').attachTo(leads);
  }
}
`,
      [`test/${name}.test.ts`]: `import * as cdk from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ${className} } from '../lib/${name}-stack';

test('the function knows the refresher', () => {
  const stack = new ${className}(new cdk.App(), 'Tested');
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { ZOHO_SECRET_PREFIX: 'zoho' } },
  });
});
`,
    });

    await project.run('npx', ['cdk', 'synth', '--quiet']);
    await project.run('npx', ['jest']);

    expect(readTemplate(project)).toContain('ZOHO_REFRESHER_FUNCTION_NAME');
  });
});

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}

function readTemplate(project: Project): string {
  const manifest = JSON.parse(readFileSync(join(project.folder, 'cdk.out/manifest.json'), 'utf8')) as {
    artifacts: Record<string, { type: string; properties: { templateFile: string } }>;
  };
  const stack = Object.values(manifest.artifacts).find(({ type }) => type === 'aws:cloudformation:stack');
  return readFileSync(join(project.folder, 'cdk.out', stack?.properties.templateFile ?? ''), 'utf8');
}
