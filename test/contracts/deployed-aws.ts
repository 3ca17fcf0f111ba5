import type { AwsClientConfig } from '../../sandbox/aws/client-config.ts';
import { type EmbeddedService, startEmbeddedAws } from '../../sandbox/aws/embedded-aws.ts';
import type { ManualClock } from '../../sandbox/deployment/clock.ts';

/** Who calls AWS. The administrator may do everything. */
export type Principal =
  | 'refresher'
  | 'consumer'
  /** A consumer of one connection that was connected at run time, where the other one is of all. */
  | 'tenant'
  | 'consent pages'
  | 'consent api'
  | 'operator'
  | 'administrator';

/** An AWS account to which the stack was just deployed: its table and its secrets are empty. */
export interface DeployedAws {
  readonly tableName: string;
  /** Key of the secrets. */
  readonly keyArn: string;
  /** The configuration of an SDK client with the credentials of the principal. */
  configOf(principal: Principal, service: EmbeddedService): AwsClientConfig;
  close(): Promise<void>;
}

/** The sandbox's AWS. Of permissions it knows only that a function is denied a secret that does not exist. */
export async function deployOnEmbeddedAws(clock: ManualClock, connection: string): Promise<DeployedAws> {
  const aws = await startEmbeddedAws({ clock });
  aws.secretsManager.store.create({ name: `zoho/${connection}/access-token` });
  return {
    tableName: aws.tableName,
    keyArn: 'arn:aws:kms:eu-west-1:000000000000:key/sandbox',
    configOf: (principal, service) =>
      principal === 'refresher' || principal === 'consumer'
        ? aws.functionConfig(service)
        : aws.clientConfig(service),
    close: () => aws.close(),
  };
}
