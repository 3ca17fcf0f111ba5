import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, describe, expect, it } from 'vitest';
import { createZohoClient } from '../../lambdas/client/index.ts';
import { ROTATED_REFRESH_TOKEN } from '../../sandbox/zoho/delivery.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import { MINUTE_MS } from '../support/sandbox.ts';

const declaration = { dataCenter: 'eu', scopes: [SCOPE] } as const;
const desk = await OperatorDesk.open({ 'crm-01': declaration, 'crm-02': declaration, 'crm-03': declaration });
afterAll(() => desk.close());

const KB = 1024;

/** A client as a consumer has it, pointed at the sandbox. */
function connect(connection: string) {
  const { aws, clock } = desk.deployment;
  return createZohoClient({
    connection,
    secretsManagerClient: new SecretsManagerClient(aws.functionConfig('secretsmanager')),
    clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
    metrics: 'off',
  });
}

describe('a token of 16 KB', () => {
  it('reaches consumers, the CLI and Zoho like any other', async () => {
    const { name } = await desk.live();
    desk.zoho.injectFault({ kind: 'long-token', calls: 1 });
    await desk.deployment.refresh(name);

    const zoho = connect(name);
    const { accessToken } = await zoho.getAccessToken();
    const { status } = await zoho.fetch('/crm/v8/Leads');
    const printed = await desk.run(['token', name]);

    expect(accessToken).toHaveLength(16 * KB);
    expect(status).toBe(200);
    expect(printed.stdout.trim()).toBe(accessToken);
  });
});

describe('a longer token', () => {
  it('is not published, and Zoho is asked again after ten minutes, not every minute', async () => {
    const { name, refreshToken } = await desk.live();
    const published = desk.deployment.readToken(name);
    const removeFault = desk.zoho.injectFault({ kind: 'overlong-token', refreshToken });

    const outcome = await desk.deployment.refresh(name);
    await desk.deployment.runMinutes(9);
    const minted = desk.zoho.tokenCallsWith(refreshToken).length;

    expect(outcome).toMatchObject({ outcome: 'failed' });
    expect(minted).toBe(2);
    expect(await desk.row(name)).toMatchObject({ status: 'active', lastFailure: { code: 'token_too_long' } });
    expect(desk.deployment.readToken(name)).toEqual(published);

    removeFault();
    desk.deployment.clock.advance(2 * MINUTE_MS);
    await desk.deployment.tick();
    expect(desk.deployment.readToken(name)?.generation).toBe(3);
  });
});

describe('a new refresh token in the answer to a refresh', () => {
  it('is counted and logged, and neither stored nor shown', async () => {
    const { name, refreshToken } = await desk.live();
    const { log, metrics } = desk.deployment;
    const logged = log.lines.length;
    desk.zoho.injectFault({ kind: 'rotated-refresh-token', refreshToken, calls: 1 });

    await desk.deployment.refresh(name);
    await desk.deployment.refresh(name);

    const lines = log.lines.slice(logged).join('\n');
    expect(metrics.ofConnection('ContractChanged', name)).toHaveLength(1);
    expect(lines.match(/Zoho sent a new refresh token, which is not stored/g)).toHaveLength(1);
    expect(lines).not.toContain(ROTATED_REFRESH_TOKEN);
    expect(JSON.stringify(desk.deployment.readToken(name))).not.toContain(ROTATED_REFRESH_TOKEN);
    expect(JSON.stringify(await desk.row(name))).not.toContain(ROTATED_REFRESH_TOKEN);
    expect(desk.zoho.tokenCallsWith(refreshToken)).toHaveLength(3);
  });
});
