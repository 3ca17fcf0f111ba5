import type { AwsClientConfig } from '../../sandbox/aws/client-config.ts';
import { type EmbeddedService, startEmbeddedAws } from '../../sandbox/aws/embedded-aws.ts';
import type { ManualClock } from '../../sandbox/deployment/clock.ts';

/** Who calls AWS. The administrator may do everything. */
export type Principal = 'refresher' | 'consumer' | 'operator' | 'administrator';

/** An AWS account to which the stack was just deployed: its table and its secrets are empty. */
export interface DeployedAws {
  readonly tableName: string;
  /** The configuration of an SDK client with the credentials of the principal. */
  configOf(principal: Principal, service: EmbeddedService): AwsClientConfig;
  close(): Promise<void>;
}

/** The sandbox's AWS. It knows no principals: everyone may do everything. */
export async function deployOnEmbeddedAws(clock: ManualClock, connection: string): Promise<DeployedAws> {
  const aws = await startEmbeddedAws({ clock });
  for (const kind of ['credentials', 'access-token'])
    aws.secretsManager.store.create({ name: `zoho/${connection}/${kind}` });
  return {
    tableName: aws.tableName,
    configOf: (_, service) => aws.clientConfig(service),
    close: () => aws.close(),
  };
}
