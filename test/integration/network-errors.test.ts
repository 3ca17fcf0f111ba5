import { createServer, Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { postToAccounts } from '../../lambdas/adapters/accounts-request.ts';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { systemClock } from '../../lambdas/adapters/system-clock.ts';
import { createCertificate, type TestCertificate } from '../support/self-signed-certificate.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A TLS server on loopback that answers every request with `{}`. */
async function serve(options: TlsOptions): Promise<number> {
  const server = createServer(options, (_, response) => response.end('{}'));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Asks Zoho's accounts server, which is the server on this port. */
async function askZoho(port: number) {
  const connection = {
    timeoutMs: 5_000,
    clock: systemClock,
    fetch: (_: unknown, init?: RequestInit) => fetch(`https://localhost:${port}/`, init),
  };
  const request = { dataCenter: 'eu', path: '/oauth/v2/token', parameters: { a: 'canary' } } as const;
  return await postToAccounts(connection, request, new AbortController().signal);
}

/** Reads a row from the server on this port, with the given certificates trusted. */
async function askDynamoDb(port: number, ca?: string): Promise<unknown> {
  const client = new DynamoDBClient({
    region: 'eu-west-1',
    endpoint: `https://localhost:${port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
    requestHandler: { httpsAgent: new HttpsAgent(ca === undefined ? {} : { ca }) },
  });
  ends.push(() => client.destroy());
  const get = new GetItemCommand({ TableName: 'connections', Key: { connection: { S: 'a' } } });
  return await callAws({ action: 'dynamodb:GetItem', resource: 'connections' }, () => client.send(get)).catch(
    (error: unknown) => error,
  );
}

describe('a TLS server that Zoho cannot be', () => {
  const authority = createCertificate('authority.test');

  it.each([
    ['has a certificate of its own', createCertificate('localhost'), {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [
      'has a certificate of a private authority',
      createCertificate('localhost', { issuer: authority.issuer }),
      {},
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    [
      'speaks TLS 1.1 only',
      createCertificate('localhost'),
      { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    ],
  ] satisfies [string, TestCertificate, TlsOptions, string][])(
    'because it %s is named by the whole code of the error',
    async (_, { cert, key }, options, code) => {
      const answer = await askZoho(await serve({ cert, key, ...options }));

      expect(answer).toEqual({
        kind: 'none',
        failure: {
          code: 'network_error',
          message: `accounts.zoho.eu could not be reached (${code}). It is retried automatically.`,
        },
      });
    },
  );
});

describe('a TLS server that AWS cannot be', () => {
  it.each([
    ['no one trusts', createCertificate('localhost'), false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['is of another host', createCertificate('proxy.test'), true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['has expired', createCertificate('localhost', { expired: true }), true, 'CERT_HAS_EXPIRED'],
  ] as const)(
    'because its certificate %s is named by the whole code of the error',
    async (_, { cert, key }, isTrusted, code) => {
      const error = await askDynamoDb(await serve({ cert, key }), isTrusted ? cert : undefined);

      expect(error).toMatchObject({
        code: 'aws_unavailable',
        message: expect.stringContaining(`dynamodb:GetItem on connections failed (${code})`),
      });
    },
  );

  it('answers when its certificate is trusted', async () => {
    const { cert, key } = createCertificate('localhost');

    expect(await askDynamoDb(await serve({ cert, key }), cert)).toMatchObject({
      $metadata: { httpStatusCode: 200 },
    });
  });
});
