import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, it } from 'vitest';
import { createZohoClient } from '../../lambdas/client/index.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { lambdaContext } from '../../sandbox/lambda-context.ts';
import type { SandboxWorld } from '../../sandbox/sandbox-world.ts';
import { MINUTE_MS, startAuthorizedWorld } from '../support/sandbox.ts';

let world: SandboxWorld;
afterEach(() => world.close());

describe('the client', () => {
  it('shows no token: in errors, printed objects, events to the refresher or URLs', async () => {
    ({ world } = await startAuthorizedWorld());
    const lambda = await startLambdaEndpoint({
      functions: { refresher: (event) => world.handler(event, lambdaContext()) },
    });
    const said: string[] = [];
    const client = createZohoClient({
      connection: 'crm-prod',
      refresherFunctionName: 'refresher',
      metrics: 'off',
      secretsManagerClient: new SecretsManagerClient({
        ...world.aws.clientConfig('secretsmanager'),
        maxAttempts: 1,
      }),
      lambdaClient: new LambdaClient({ ...clientConfigFor(lambda.endpoint), maxAttempts: 1 }),
      fetch: (input) => {
        said.push(String(input));
        return Promise.resolve(new Response('{"code":"INVALID_TOKEN"}', { status: 401 }));
      },
      clock: { now: () => world.clock.now(), sleep: () => Promise.resolve() },
    });
    const secrets = new Set<string>();
    const note = () => secrets.add(world.readToken('crm-prod')?.access_token ?? '');
    const tell = (error: unknown) =>
      said.push(inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), String(error));

    note();
    const token = await client.getAccessToken();
    said.push(inspect(token, { depth: 9 }), JSON.stringify(token), String(token));
    await client.fetch('/crm/v8/Leads');
    note();
    for (const url of ['https://evil.example/', '//evil.example', 'http://www.zohoapis.eu'])
      await client.fetch(url).catch(tell);
    const published = world.readToken('crm-prod');
    world.aws.secretsManager.store.put('zoho/crm-prod/access-token', {
      value: secretText(
        JSON.stringify({
          ...published,
          api_domain: published?.access_token,
          expires_at: published?.access_token,
        }),
      ),
    });
    world.clock.advance(61 * MINUTE_MS);
    await client.getAccessToken().catch(tell);
    world.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' });
    await client.getAccessToken().catch(tell);
    said.push(JSON.stringify(lambda.invocations));
    await lambda.close();

    expect(secrets.size).toBe(2);
    expect(said.length).toBeGreaterThan(15);
    for (const secret of secrets) {
      for (const disguise of [
        secret,
        Buffer.from(secret).toString('base64').slice(4, -4),
        encodeURIComponent(secret),
      ]) {
        expect(said.filter((text) => text.includes(disguise))).toEqual([]);
      }
    }
  });
});

describe('a process that uses the client', () => {
  it('ends by itself: nothing that the client holds keeps it alive', async () => {
    ({ world } = await startAuthorizedWorld());
    const entry = fileURLToPath(new URL('../../lambdas/client/index.ts', import.meta.url));
    const script = `
      import { createZohoClient } from ${JSON.stringify(entry)};
      const zoho = createZohoClient({
        connection: 'crm-prod',
        clock: { now: () => ${world.clock.now()}, sleep: () => Promise.resolve() },
        fetch: () => Promise.resolve(Response.json({})),
      });
      await zoho.fetch('/crm/v8/Leads');
      console.log('done');`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      signal: AbortSignal.timeout(20_000),
      env: {
        ...process.env,
        AWS_LAMBDA_FUNCTION_NAME: 'leads',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'sandbox',
        AWS_SECRET_ACCESS_KEY: 'sandbox',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: world.aws.secretsManagerEndpoint,
      },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });

    const [code] = (await once(child, 'close')) as [number | null];

    expect(code).toBe(0);
    expect(output).toContain('done');
  });
});
