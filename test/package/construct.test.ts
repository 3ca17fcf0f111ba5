import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { lambdaFolder } from '../../infra/lambda-folder.ts';
import { NEWEST_CDK, OLDEST_CDK, Project, ROOT } from './project.ts';

const TYPESCRIPT = join(ROOT, 'node_modules/typescript/bin/tsc');

/** Prints the resources of a template, and cdk-nag's findings. `addNag` is replaced. */
const APP = `const { App, Aspects, Validations } = require('aws-cdk-lib');
const { Annotations, Match, Template } = require('aws-cdk-lib/assertions');
const { ZohoTokenRefresherStack } = require('zoho-token-refresher');
const app = new App();
const stack = new ZohoTokenRefresherStack(app, 'Tested', {
  exampleConsumer: 'crm-prod',
  connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
});
/* addNag */
const types = Object.values(Template.fromStack(stack).toJSON().Resources).map(({ Type }) => Type);
const findings = Annotations.fromStack(stack).findError('*', Match.stringLikeRegexp('AwsSolutions'));
console.log(JSON.stringify({ functions: types.filter((type) => type === 'AWS::Lambda::Function').length, findings: findings.map(({ entry }) => entry.data) }));
`;
const NAG_2 = "Aspects.of(app).add(new (require('cdk-nag').AwsSolutionsChecks)());";
const NAG_3 = "Validations.of(app).addPlugins(new (require('cdk-nag').AwsSolutionsChecks)(app));";
const CLEAN = { functions: 2, findings: [] };

const TYPED = `import { App, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type ZohoConnection, ZohoTokenRefresher, type ZohoTokenRefresherProps } from 'zoho-token-refresher';
const props: ZohoTokenRefresherProps = { connections: { crm: { dataCenter: 'eu', scopes: ['a.b'] } } };
const connection: ZohoConnection = new ZohoTokenRefresher(new Stack(new App(), 'S'), 'Zoho', props).connection('crm');
export const attach = (consumer: LambdaFunction): void => connection.attachTo(consumer);
`;

/** npm takes most of a minute to unpack the CDK: what needs the newest one starts from a copy of one installation. */
let newest: Project;
beforeAll(async () => {
  newest = new Project();
  await newest.install(inject('tarball'), NEWEST_CDK, 'constructs');
});
afterAll(() => newest.remove());

describe.each([
  ['the oldest', OLDEST_CDK],
  ['the newest', NEWEST_CDK],
])('with %s supported aws-cdk-lib', (_, cdk) => {
  let project: Project;
  beforeAll(async () => {
    if (cdk === NEWEST_CDK) {
      project = newest.copy();
      await project.install('cdk-nag@2');
    } else {
      project = new Project();
      await project.install(inject('tarball'), cdk, 'constructs', 'cdk-nag@2');
    }
    project.write({ 'plain.cjs': APP, 'nag2.cjs': APP.replace('/* addNag */', NAG_2) });
  });
  afterAll(() => project.remove());

  it('an app without cdk-nag synthesizes', async () => {
    expect(JSON.parse(await project.node('plain.cjs'))).toEqual(CLEAN);
  });

  it('an app with version 2 of cdk-nag synthesizes without findings', async () => {
    expect(JSON.parse(await project.node('nag2.cjs'))).toEqual(CLEAN);
  });

  it('a stack compiles as an ES module and as CommonJS, without skipLibCheck', async () => {
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    };
    project.write({
      'stack.mts': TYPED,
      'stack.cts': TYPED,
      'tsconfig.json': JSON.stringify({ compilerOptions, files: ['stack.mts', 'stack.cts'] }),
    });

    await project.node(TYPESCRIPT, '-p', '.');
  });
});

describe('with the newest aws-cdk-lib and version 3 of cdk-nag', () => {
  let project: Project;
  beforeAll(async () => {
    project = newest.copy();
    await project.install('cdk-nag@3');
    const code = `${APP.replace('/* addNag */', NAG_3)}app.synth();`;
    project.write({ 'nag3.cjs': code });
  });
  afterAll(() => project.remove());

  it('an app synthesizes without findings', async () => {
    const output = await project.node('nag3.cjs');

    expect(JSON.parse(output.split('\n')[0] ?? '')).toEqual(CLEAN);
  });

  it.each(['refresher', 'example-consumer'] as const)(
    'the %s of the package has the bytes that this checkout deploys',
    (name) => {
      const installed = join(project.folder, 'node_modules/zoho-token-refresher/dist/lambda', name);

      expect(readdirSync(installed)).toEqual(['index.mjs']);
      expect(
        readFileSync(join(installed, 'index.mjs')).equals(
          readFileSync(join(lambdaFolder(name), 'index.mjs')),
        ),
      ).toBe(true);
    },
  );
});

describe('with an aws-cdk-lib that is too old', () => {
  let project: Project;
  beforeAll(() => {
    project = newest.copy();
  });
  afterAll(() => project.remove());

  it('the construct names the version that it needs', async () => {
    const manifest = 'node_modules/aws-cdk-lib/package.json';
    const installed = JSON.parse(readFileSync(join(project.folder, manifest), 'utf8')) as object;
    project.write({ [manifest]: JSON.stringify({ ...installed, version: '2.223.0' }) });
    project.write({ 'app.cjs': "require('zoho-token-refresher')" });

    await expect(project.node('app.cjs')).rejects.toThrow(
      'The construct of zoho-token-refresher needs aws-cdk-lib ^2.224.0; 2.223.0 is installed. Run: npm install aws-cdk-lib@"^2.224.0" constructs.',
    );
  });

  it('npm refuses to add the package', async () => {
    const other = project.inside('other');
    other.write({ 'package.json': '{"dependencies":{"aws-cdk-lib":"2.223.0"}}' });

    await expect(other.install(inject('tarball'))).rejects.toThrow('ERESOLVE');
    expect(existsSync(join(other.folder, 'node_modules/zoho-token-refresher'))).toBe(false);
  });
});
