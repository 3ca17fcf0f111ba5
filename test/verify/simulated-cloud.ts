import { randomInt } from 'node:crypto';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { startSecretsManager } from '../../sandbox/aws/secrets-manager.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { startDeploymentServer } from '../support/cloudformation/deployment-server.ts';
import { SimulatedAccount } from '../support/cloudformation/simulated-account.ts';
import { startMoto } from '../support/moto.ts';
import { type Cloud, createCloudClients } from './cloud.ts';

/**
 * A simulated account on this machine: CloudFormation as far as it decides which resources exist, and the Secrets Manager of
 * moto, or of the sandbox where moto is not installed.
 */
export async function openSimulation(): Promise<Cloud> {
  const server = await startDeploymentServer(new SimulatedAccount(seededRandom(randomInt(2 ** 31))));
  const moto = await startMoto();
  const secrets = moto ?? (await startSecretsManager({ clock: Date }));
  const config = clientConfigFor(server.environment.AWS_ENDPOINT_URL ?? '');
  return {
    description: `a simulated account on this machine; Secrets Manager: ${moto === undefined ? 'the sandbox' : 'moto'}`,
    lacks: ['functions', 'alarms', 'iam', 'zoho'],
    clients: createCloudClients(config, clientConfigFor(secrets.endpoint)),
    environment: { ...server.environment, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint },
    close: async () => {
      moto?.stop();
      if ('close' in secrets) await secrets.close();
      await server.close();
    },
  };
}
