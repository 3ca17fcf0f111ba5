import { Lambda } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { addressOf } from '../../sandbox/serve/stack.ts';
import { OperatorDesk } from '../support/operator-desk.ts';

const TICK = { action: 'refresh-due' };
const COMPLAINT = { action: 'refresh', connection: 'crm-eu', reason: 'unauthorized', rejectedGeneration: 1 };
const BY_OPERATOR = { action: 'refresh', connection: 'crm-eu', reason: 'operator' };

let desk: OperatorDesk;
let lambda: Lambda;
beforeAll(async () => {
  desk = await OperatorDesk.open({ 'crm-eu': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } });
  lambda = new Lambda({ ...clientConfigFor(desk.server.origin), maxAttempts: 1 });
  desk.deployment.authorize('crm-eu');
  await desk.server.tick();
});
afterAll(async () => {
  lambda.destroy();
  await desk.close();
});

async function invoke(FunctionName: string, event: unknown): Promise<Record<string, unknown>> {
  const { Payload, FunctionError } = await lambda.invoke({ FunctionName, Payload: JSON.stringify(event) });
  expect(FunctionError).toBeUndefined();
  return JSON.parse(Payload?.transformToString() ?? '') as Record<string, unknown>;
}

describe('the refresher', () => {
  const { function: refresher, ...address } = addressOf('http://127.0.0.1');
  const doors = {
    schedule: `${refresher}:schedule`,
    consumers: address['consumer-target'],
    operators: address['operator-target'],
  };

  it.each([
    ['a consumer', 'sends the event of the schedule', doors.consumers, TICK],
    ['a consumer', 'calls itself an operator', doors.consumers, BY_OPERATOR],
    ['an operator', 'sends the event of the schedule', doors.operators, TICK],
    ['the schedule', 'sends the event of an operator', doors.schedule, BY_OPERATOR],
    ['the schedule', 'sends the event of a consumer', doors.schedule, COMPLAINT],
  ])('%s that %s gets the answer not-allowed, and Zoho is not called', async (_, __, target, event) => {
    const calls = desk.zoho.tokenCalls.length;

    expect(await invoke(target, event)).toMatchObject({
      outcome: 'not-allowed',
      generation: 0,
      expires_at: null,
    });

    expect(desk.zoho.tokenCalls).toHaveLength(calls);
  });

  it('serves each caller through its own alias', async () => {
    expect(await invoke(doors.schedule, TICK)).toMatchObject({ due: 0, failed: 0 });
    expect(await invoke(doors.consumers, COMPLAINT)).toMatchObject({ outcome: 'refreshed', generation: 2 });
    expect(await invoke(doors.operators, BY_OPERATOR)).toMatchObject({ outcome: 'refreshed', generation: 3 });
  });

  it('serves the schedule of 0.2, which uses no alias, during an upgrade', async () => {
    expect(await invoke(refresher, TICK)).toMatchObject({ due: 0, failed: 0 });
  });

  it('tells zoho-tokens what is wrong when its address names the alias of the consumers', async () => {
    const parameter = '/zoho-token-refresher/zoho/operator-target';
    const { ssm } = desk.server.aws;
    ssm.put(parameter, doors.consumers);

    const { exitCode, stderr } = await desk.run('refresh crm-eu');
    ssm.put(parameter, doors.operators);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `no new token: crm-eu: The alias "consumers" accepts {"action":"refresh"} with the reason "unauthorized" or "expired" only. The SSM parameter ${parameter} must name the alias "operators". Restore the value that the deployment wrote: aws ssm get-parameter-history --name ${parameter}`,
    );
  });

  it('is invoked by zoho-tokens as by an operator', async () => {
    await desk.run('refresh crm-eu');

    expect(desk.server.aws.lambda.invocations.at(-1)).toMatchObject({
      qualifier: 'operators',
      event: BY_OPERATOR,
    });
  });
});
