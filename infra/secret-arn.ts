import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * ARN pattern for the secret of this name in this account and region. Secrets Manager appends a hyphen and six random
 * characters to the name, for which the pattern has wildcards.
 */
export function secretArnOf(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${name}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
