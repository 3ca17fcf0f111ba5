import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * ARN of a secret of this account and region whose name is known: Secrets Manager ends every ARN with a hyphen and six
 * random characters, which the wildcards stand for.
 */
export function secretArnOf(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${name}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
