import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { Project } from './project.ts';

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
      connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.leads.READ'] } },
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

    expect(project.template()).toContain('ZOHO_REFRESHER_FUNCTION_NAME');
  });
});
