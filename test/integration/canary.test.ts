import { afterEach, describe, expect, it } from 'vitest';
import { lambdaContext } from '../../sandbox/lambda-context.ts';
import type { SandboxWorld } from '../../sandbox/sandbox-world.ts';
import type { Fault } from '../../sandbox/zoho/zoho-simulator.ts';
import { refresh, runMinutes, startAuthorizedWorld } from '../support/sandbox.ts';

let world: SandboxWorld;
afterEach(() => world.close());

/** A secret as it might be found: as it is, base64 at any offset, URL-encoded. */
function disguises(secret: string): string[] {
  const shifted = ['', 'x', 'xx'].map((prefix) =>
    Buffer.from(prefix + secret)
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, ...shifted, encodeURIComponent(secret)];
}

describe('secret material', () => {
  it('is in no log, metric, row or answer, whatever happens', async () => {
    const { world: started, authorization } = await startAuthorizedWorld();
    world = started;
    const answers: unknown[] = [];
    const accessTokens = new Set<string>();
    const note = () => accessTokens.add(world.readToken('crm-prod')?.access_token ?? '');
    const faults: Fault[] = [
      { kind: 'html-5xx' },
      { kind: 'huge-body' },
      { kind: 'redirect' },
      { kind: 'garbage' },
      { kind: 'drop', withEffect: true },
      { kind: 'error', error: authorization.refreshToken },
      { kind: 'error', error: 'invalid_client' },
      { kind: 'throttle' },
    ];

    for (const fault of faults) {
      world.zoho.injectFault({ ...fault, calls: 1 });
      answers.push(await refresh(world));
      note();
      await runMinutes(world, fault.kind === 'error' ? 70 : 13);
      note();
    }
    world.aws.dynamoDb.faults.deny({ operation: 'UpdateItem' });
    answers.push(await refresh(world));
    world.aws.dynamoDb.faults.clear();
    world.putCredentials('crm-prod', `{"refresh_token":"${authorization.refreshToken}"`);
    await runMinutes(world, 70);
    world.putCredentials('crm-prod', {
      client_id: 'x',
      client_secret: 7,
      refresh_token: authorization.refreshToken,
      data_center: authorization.clientSecret,
    });
    await runMinutes(world, 10);
    for (const event of [authorization.refreshToken, { action: authorization.clientSecret }]) {
      answers.push(
        await world.handler(event, lambdaContext()).catch((error: Error) => `${error.message}${error.stack}`),
      );
    }

    const row = await world.readConnection('crm-prod');
    const said = [...world.log.lines, ...world.metrics.lines, JSON.stringify(row), JSON.stringify(answers)];
    const secrets = [authorization.clientSecret, authorization.refreshToken, ...accessTokens];
    expect(accessTokens.size).toBeGreaterThan(5);
    expect(said.length).toBeGreaterThan(100);
    for (const disguise of secrets.flatMap(disguises)) {
      expect(said.filter((line) => line.includes(disguise))).toEqual([]);
    }
  });
});
