import { afterAll, describe, expect, test } from 'vitest';
import { createAwsClients } from '../../../lambdas/refresher/aws-clients.ts';

interface Handler {
  handle(request: object): Promise<unknown>;
  httpHandlerConfigs(): object;
}

const REGION = { region: 'eu-west-1' };
const clients = createAwsClients({ dynamoDb: REGION, secretsManager: REGION, eventBridge: REGION });
afterAll(() => {
  for (const client of Object.values(clients)) client.destroy();
});

describe('a client of the refresher', () => {
  test.each([
    ['dynamoDb', 3, 1_000, 2_000],
    ['secretsManager', 3, 2_000, 5_000],
    ['eventBridge', 2, 1_000, 2_000],
  ] as const)(
    'for %s makes %i attempts, which time out after %i ms to connect and %i ms without data',
    async (name, attempts, connectionTimeout, requestTimeout) => {
      const { config } = clients[name];
      const handler = config.requestHandler as unknown as Handler;
      // The handler resolves its configuration with the first request.
      await handler.handle({}).catch(() => undefined);

      expect(await config.maxAttempts()).toBe(attempts);
      expect(handler.httpHandlerConfigs()).toMatchObject({
        connectionTimeout,
        requestTimeout,
        throwOnRequestTimeout: true,
      });
      expect(await config.region()).toBe('eu-west-1');
    },
  );
});
