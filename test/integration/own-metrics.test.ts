import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createZohoClient } from '../../lambdas/client/index.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MetricLog } from '../../sandbox/deployment/metric-log.ts';
import { startAuthorizedDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;

beforeAll(async () => {
  ({ deployment } = await startAuthorizedDeployment());
  deployment.aws.secretsManager.store.create({ name: 'zoho/tenant-7/access-token' });
  const { clientId, clientSecret } = deployment.zoho.registerClient({ dataCenter: 'eu' });
  const refreshToken = deployment.zoho.grant({ clientId, dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL' });
  deployment.putCredentials('tenant-7', {
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    data_center: 'eu',
  });
  await deployment.refresh('tenant-7');
});
afterAll(() => deployment.close());

/** What a consumer in Lambda writes for one call that Zoho answers with 401. */
async function metricsOfCall(connection: string): Promise<MetricLog> {
  const log = new MetricLog();
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    log.add(String(line));
    return true;
  });
  try {
    const client = createZohoClient({
      connection,
      metrics: 'emf',
      secretsManagerClient: new SecretsManagerClient(deployment.aws.functionConfig('secretsmanager')),
      fetch: () => Promise.resolve(new Response('{}', { status: 401 })),
      clock: { now: () => deployment.clock.now(), sleep: () => Promise.resolve() },
    });
    await client.fetch('/crm/v8/Leads');
    await client.flush();
  } finally {
    write.mockRestore();
  }
  return log;
}

it('a consumer of a declared connection counts 401s for it and for the deployment', async () => {
  const log = await metricsOfCall('crm-prod');

  expect(deployment.readToken('crm-prod')).not.toHaveProperty('own_metrics');
  expect(log.ofFleet('Unauthorized').map(({ value }) => value)).toContain(1);
  expect(log.ofConnection('Unauthorized', 'crm-prod').map(({ value }) => value)).toContain(1);
});

it('a consumer of a connection that was added at run time makes no metric of its own, and its lines name it', async () => {
  const log = await metricsOfCall('tenant-7');

  expect(deployment.readToken('tenant-7')).toMatchObject({ own_metrics: false });
  expect(log.ofFleet('Unauthorized').map(({ value }) => value)).toContain(1);
  expect(log.ofConnection('Unauthorized', 'tenant-7')).toEqual([]);
  expect(log.lines.join('\n')).toContain('"connection":"tenant-7"');
});
