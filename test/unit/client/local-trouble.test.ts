import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createZohoClient } from '../../../lambdas/client/create-zoho-client.ts';
import { freePort } from '../../support/free-port.ts';

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'sandbox');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'sandbox');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

it('a process without a region is told to set it', async () => {
  vi.stubEnv('AWS_REGION', undefined);
  vi.stubEnv('AWS_DEFAULT_REGION', undefined);
  const zoho = createZohoClient({ connection: 'crm-prod', metrics: 'off' });

  await expect(zoho.getAccessToken()).rejects.toThrow(/failed \(Error\)\. Set AWS_REGION\.$/);
});

it('undelivered metrics are a warning, unless the calls go to a sandbox on this machine', async () => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH', `http://127.0.0.1:${await freePort()}`);
  const emitWarning = vi.spyOn(process, 'emitWarning').mockReturnValue();
  const codesWith = async (endpoint: string) => {
    emitWarning.mockClear();
    const zoho = createZohoClient({ connection: 'crm-prod', metrics: 'cloudwatch', endpoint });
    zoho.reportAccepted();
    await zoho.flush();
    await setImmediate();
    return emitWarning.mock.calls.map(([, options]) => Object(options).code);
  };

  const ofSandbox = await codesWith('http://127.0.0.1:4610');
  const ofZoho = await codesWith('');

  expect([ofSandbox, ofZoho]).toEqual([[], ['metrics_undelivered']]);
});
