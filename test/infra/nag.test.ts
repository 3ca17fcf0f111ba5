import { AccountPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { createStack, TWO_CONNECTIONS } from './synthesize.ts';

test('the stack has no AwsSolutions findings', () => {
  const stack = createStack({
    connections: TWO_CONNECTIONS,
    alarmEmails: ['a@example.com'],
    exampleConsumer: 'crm-prod',
  });
  stack.zoho.connection('crm-prod').grantRead(new AccountPrincipal('111122223333'));

  expect(findings(stack)).toEqual([]);
});

test('a stack without configuration, or with another prefix in a known region, has none either', () => {
  const env = { account: '111122223333', region: 'eu-central-1' };

  expect(findings(createStack())).toEqual([]);
  expect(findings(createStack({ secretPrefix: 'team-a' }, undefined, { env }))).toEqual([]);
});

test('additions of users to the stack are still reported', () => {
  const stack = createStack({ connections: TWO_CONNECTIONS });
  const role = new Role(stack, 'Other', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(new PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));

  expect(findings(stack)).toEqual(['AwsSolutions-IAM5[Action::s3:*]', 'AwsSolutions-IAM5[Resource::*]']);
});

test('a wider wildcard of the refresher is still reported', () => {
  const stack = createStack();
  const everySecret = `arn:aws:secretsmanager:eu-central-1:111122223333:secret:*`;
  const { refresher } = stack.zoho;
  refresher.addToRolePolicy(
    new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [everySecret] }),
  );

  expect(findings(stack)).toEqual([`AwsSolutions-IAM5[Resource::${everySecret}]`]);
});

function findings(stack: ReturnType<typeof createStack>): string[] {
  return new AwsSolutionsChecks(stack).validateScope(stack).violations.map(({ ruleName }) => ruleName);
}
