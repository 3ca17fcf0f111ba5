import { DescribeParametersCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { type SsmStandIn, startSsm } from '../../sandbox/aws/ssm.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { NOW_MS } from '../support/builders.ts';
import { ssmContract } from './ssm.ts';

let standIn: SsmStandIn;
let client: SSMClient;
beforeAll(async () => {
  standIn = await startSsm({ clock: new ManualClock(NOW_MS) });
  client = new SSMClient({ ...clientConfigFor(standIn.endpoint), maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await standIn.close();
});

const list = (Path: string, of = client) => of.send(new GetParametersByPathCommand({ Path }));

describe("the sandbox's SSM", () => {
  for (const [index, [fact, check]] of Object.entries(ssmContract).entries())
    it(fact, () => check({ client, put: async (name, value) => standIn.put(name, value) }, `/fact-${index}`));

  it('has its parameters in one region only', async () => {
    standIn.put('/regional/table', 'Connections');
    const elsewhere = new SSMClient({ ...clientConfigFor(standIn.endpoint), region: 'us-east-1' });

    const [here, there] = [await list('/regional'), await list('/regional', elsewhere)];
    elsewhere.destroy();

    expect([here.Parameters?.length, there.Parameters?.length]).toEqual([1, 0]);
  });

  it('no longer has a deleted parameter', async () => {
    standIn.put('/deleted/table', 'Connections');
    standIn.delete('/deleted/table');

    expect((await list('/deleted')).Parameters).toEqual([]);
  });

  it('refuses a path without a slash', async () => {
    await expect(list('zoho')).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('denies a path, and logs the call', async () => {
    const lift = standIn.faults.deny({ operation: '*', parameter: '/denied*' });
    standIn.resetCalls();

    await expect(list('/denied')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    lift();

    expect(standIn.calls).toMatchObject([{ operation: 'GetParametersByPath', parameter: '/denied' }]);
    expect((await list('/denied')).Parameters).toEqual([]);
  });

  it('knows no other operation', async () => {
    await expect(client.send(new DescribeParametersCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });
});
