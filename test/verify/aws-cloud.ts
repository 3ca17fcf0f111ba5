import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type Cloud, createCloudClients } from './cloud.ts';

/** The account of a profile. Rejects when there are no credentials or no region. */
export async function openAws(options: {
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
}): Promise<Cloud> {
  const config = {
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.region === undefined ? {} : { region: options.region }),
  };
  const clients = createCloudClients(config);
  const region = await clients.sts.config.region();
  const { Account } = await clients.sts.send(new GetCallerIdentityCommand({}));
  return {
    description: `account ${Account}, ${region}`,
    lacks: [],
    clients,
    environment: {
      AWS_REGION: region,
      ...(options.profile === undefined ? {} : { AWS_PROFILE: options.profile }),
    },
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
      return Promise.resolve();
    },
  };
}
