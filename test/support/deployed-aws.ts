import type { AwsClientConfig } from '../../sandbox/aws/client-config.ts';
import { type EmbeddedService, startEmbeddedAws } from '../../sandbox/aws/embedded-aws.ts';
import type { ManualClock } from '../../sandbox/deployment/clock.ts';

/** Who calls AWS. The administrator may do everything, and is who edits by hand what is not for editing. */
export type Principal = 'refresher' | 'consumer' | 'operator' | 'administrator';

/** An AWS in which the stack stands, as it is after the deployment: its table and its secrets are empty. */
export interface DeployedAws {
  readonly tableName: string;
  /** For the constructor of an SDK client, with the credentials of the one who calls. */
  configOf(principal: Principal, service: EmbeddedService): AwsClientConfig;
  close(): Promise<void>;
}

/** The sandbox's AWS. It knows no principals: everybody may do everything. */
export async function deployOnEmbeddedAws(
  clock: ManualClock,
  connections: readonly string[],
): Promise<DeployedAws> {
  const aws = await startEmbeddedAws({ clock });
  for (const connection of connections) {
    for (const kind of ['credentials', 'access-token'])
      aws.secretsManager.store.create({ name: `zoho/${connection}/${kind}` });
  }
  return {
    tableName: aws.tableName,
    configOf: (_, service) => aws.clientConfig(service),
    close: () => aws.close(),
  };
}
