import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createZohoClient, type ZohoClient, ZohoClientError } from '../../lambdas/client/index.ts';
import { countLeads } from '../../lambdas/example-consumer/count-leads.ts';
import { clientConfigFor } from '../aws/client-config.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../aws/lambda-endpoint.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';
import { fetchThrough, routesTo } from '../deployment/zoho-router.ts';

/** The results of the calls of a connection's users. */
interface UserResults {
  readonly calls: number;
  /** Calls that failed. */
  readonly rejected: number;
  /** Calls that failed while no valid token was possible. */
  readonly rejectedWhileExcused: number;
}

/** True for a 401 that the client returns, and for a token that it cannot get. */
async function isRefused(client: ZohoClient): Promise<boolean> {
  try {
    return (await countLeads(client)).status !== 200;
  } catch (error) {
    if (error instanceof ZohoClientError) return true;
    throw error;
  }
}

/** One example consumer per connection, each with the client library, calling the simulated CRM. */
export class StoryConsumers {
  readonly #lambda: LambdaEndpoint;
  readonly #awsClients: readonly { destroy(): void }[];
  readonly #clients: ReadonlyMap<string, ZohoClient>;
  readonly #results = new Map<string, UserResults>();

  private constructor(
    lambda: LambdaEndpoint,
    awsClients: readonly { destroy(): void }[],
    clients: ReadonlyMap<string, ZohoClient>,
  ) {
    this.#lambda = lambda;
    this.#awsClients = awsClients;
    this.#clients = clients;
  }

  static async start(deployment: LocalDeployment): Promise<StoryConsumers> {
    const lambda = await startLambdaEndpoint({
      functions: { refresher: (event, invokedFunctionArn) => deployment.invoke(event, invokedFunctionArn) },
      aliases: { refresher: ['consumers'] },
    });
    const { origins, apiHosts } = deployment.zoho;
    const routes = routesTo({ origins, accountsHosts: apiHosts });
    const secretsManagerClient = new SecretsManagerClient(deployment.aws.functionConfig('secretsmanager'));
    const lambdaClient = new LambdaClient(clientConfigFor(lambda.endpoint));
    const clients = Object.keys(deployment.config.declaredConnections).map((connection) => {
      const client = createZohoClient({
        connection,
        refresherFunctionName: 'refresher:consumers',
        metrics: 'off',
        secretsManagerClient,
        lambdaClient,
        fetch: fetchThrough(routes),
        clock: { now: () => deployment.clock.now(), sleep: () => Promise.resolve() },
      });
      return [connection, client] as const;
    });
    return new StoryConsumers(lambda, [secretsManagerClient, lambdaClient], new Map(clients));
  }

  /** Makes one call with each connection in use. */
  async callOnce(expectationOf: (connection: string) => 'expected' | 'excused' | 'none'): Promise<void> {
    for (const [connection, client] of this.#clients) {
      const expectation = expectationOf(connection);
      if (expectation === 'none') continue;
      const isRejected = await isRefused(client);
      const { calls, rejected, rejectedWhileExcused } = this.resultsOf(connection);
      this.#results.set(connection, {
        calls: calls + 1,
        rejected: rejected + (isRejected && expectation === 'expected' ? 1 : 0),
        rejectedWhileExcused: rejectedWhileExcused + (isRejected && expectation === 'excused' ? 1 : 0),
      });
    }
  }

  resultsOf(connection: string): UserResults {
    return this.#results.get(connection) ?? { calls: 0, rejected: 0, rejectedWhileExcused: 0 };
  }

  async close(): Promise<void> {
    for (const client of this.#awsClients) client.destroy();
    await this.#lambda.close();
  }
}
