import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The condition that a key is used through Secrets Manager only. The value of `kms:ViaService` is the endpoint of the service,
 * whose suffix depends on the partition: `amazonaws.com` in GovCloud as well, `amazonaws.com.cn` in China.
 */
export function viaSecretsManager(
  scope: IConstruct,
  region = Stack.of(scope).region,
): Record<string, string> {
  const { urlSuffix } = Stack.of(scope);
  return { 'kms:ViaService': `secretsmanager.${region}.${urlSuffix}` };
}
