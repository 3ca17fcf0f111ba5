import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, test } from 'vitest';
import { createAwsClients, withDates } from '../../../lambdas/refresher/aws-clients.ts';
import { clientConfigFor } from '../../../sandbox/aws/client-config.ts';

interface Handler {
  handle(request: object): Promise<unknown>;
  httpHandlerConfigs(): object;
}

const REGION = { region: 'eu-west-1' };
const clients = createAwsClients({
  dynamoDb: REGION,
  secretsManager: REGION,
  eventBridge: REGION,
  sns: REGION,
});
afterAll(() => {
  for (const client of Object.values(clients)) client.destroy();
});

describe('a client of the refresher', () => {
  test.each([
    ['dynamoDb', 3, 1_000, 2_000],
    ['secretsManager', 3, 2_000, 5_000],
    ['eventBridge', 2, 1_000, 2_000],
    ['sns', 2, 1_000, 2_000],
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

describe('the date of a response', () => {
  const KEY = { TableName: 'connections', Key: { connection: { S: 'a' } } };

  /** The dates that are passed when AWS answers like this. */
  async function datesOf(status: number, body: string, headers: Record<string, string>) {
    const dates: unknown[][] = [];
    let elapsedMs = 0;
    const server = createServer((_request, response) => {
      elapsedMs = 100;
      response.sendDate = false;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers }).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const own = createAwsClients({ dynamoDb: { ...clientConfigFor(endpoint), maxAttempts: 1 } });
    const { dynamoDb } = withDates(own, {
      elapsed: () => elapsedMs,
      correct: (...given) => void dates.push(given),
    });
    const sent = await dynamoDb.send(new GetItemCommand(KEY)).catch((error: Error) => error.name);
    own.dynamoDb.destroy();
    server.close();
    return { dates, sent, isOwn: dynamoDb instanceof DynamoDBClient };
  }

  test('is passed with the time before the request', async () => {
    const { dates, sent, isOwn } = await datesOf(200, '{"Item":{"a":{"S":"b"}}}', { date: 'today' });

    expect(dates).toEqual([['today', 0]]);
    expect(sent).toMatchObject({ Item: { a: { S: 'b' } } });
    expect(isOwn).toBe(true);
  });

  test('is passed as well if the response is an error, such as one about the time of the request', async () => {
    const body =
      '{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"Signature expired"}';

    const { dates, sent } = await datesOf(400, body, { date: 'today' });

    expect([dates, sent]).toEqual([[['today', 0]], 'InvalidSignatureException']);
  });

  test('may be missing', async () => {
    expect((await datesOf(200, '{}', {})).dates).toEqual([[undefined, 0]]);
  });
});
