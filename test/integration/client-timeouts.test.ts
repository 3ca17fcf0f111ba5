import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { limits } from '../../lambdas/client/aws-client.ts';

it('an SDK client of the library gives up a server that never answers after three attempts', async () => {
  const requests: unknown[] = [];
  const silent = createServer((request) => requests.push(request)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const client = new SecretsManagerClient({
    ...limits(30),
    endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });

  const error = await client
    .send(new GetSecretValueCommand({ SecretId: 'a' }))
    .catch((error: Error) => error);
  client.destroy();
  silent.closeAllConnections();
  silent.close();

  expect(error).toMatchObject({ name: 'TimeoutError' });
  expect(requests).toHaveLength(3);
});
