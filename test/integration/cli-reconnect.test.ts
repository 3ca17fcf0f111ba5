import { afterEach, describe, expect, it } from 'vitest';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import { MINUTE_MS } from '../support/sandbox.ts';

const NAME = 'acme-1';

let desk: OperatorDesk;
afterEach(() => desk.close());

const run = async (...args: string[]) => {
  const { exitCode, stderr } = await desk.run(args);
  if (exitCode !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
};
const subjects = () => desk.deployment.aws.sns.messages.map(({ subject }) => subject);
const connect = () => run('connect', NAME, '--data-center', 'eu', '--scope', SCOPE);
const calls = () => desk.zoho.tokenCalls.length;

/** Authorizes it as an operator does. */
async function authorize(): Promise<void> {
  const client = desk.client();
  const stdin = desk.zoho.grant({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
  const { exitCode, stderr } = await desk.run(['authorize', NAME, '--import'], {
    environment: desk.with(client),
    stdin,
  });
  if (exitCode !== 0) throw new Error(stderr);
}

/** A connection that was added at run time, and is revoked by its owner. */
async function openRevoked(by: 'operator' | 'user'): Promise<void> {
  desk = await OperatorDesk.open({});
  await desk.connected(NAME);
  if (by === 'operator') return await run('revoke', NAME, '--confirm', NAME);
  desk.zoho.revoke(desk.credentials(NAME).refresh_token ?? '');
  desk.clock.advance(60 * MINUTE_MS);
  await desk.deployment.tick();
}

describe('after disconnect and connect', () => {
  it('a revoked connection waits for its authorization: Zoho is not called, and no one is notified', async () => {
    await openRevoked('operator');
    await run('disconnect', NAME, '--confirm', NAME);
    await connect();
    const before = calls();

    await desk.deployment.runMinutes(130, { every: 5 });
    const refreshed = await desk.run(['refresh', NAME]);

    expect(calls()).toBe(before);
    expect(subjects()).toEqual([]);
    expect(refreshed.stderr).toContain('The authorization of the stored credentials has ended');
    expect(await desk.row(NAME)).toMatchObject({
      status: 'pending',
      lastFailure: { code: 'no_credentials' },
    });
    await authorize();
    expect(await desk.row(NAME)).toMatchObject({ status: 'active', publishedGeneration: 2 });
    expect(subjects()).toEqual([]);
  });

  it('a refused connection waits as well; its incident is over when it is authorized', async () => {
    await openRevoked('user');
    expect(subjects()).toEqual([`ALARM: Zoho ${NAME} is blocked: invalid_code`]);
    await run('disconnect', NAME, '--confirm', NAME);
    await connect();
    const before = calls();

    await desk.deployment.runMinutes(130, { every: 5 });
    expect(calls()).toBe(before);
    expect(subjects()).toHaveLength(1);
    await authorize();
    await desk.deployment.runMinutes(2);

    expect(subjects().slice(1)).toEqual([`OK: Zoho ${NAME} has recovered`]);
  });
});

describe('a revoked connection', () => {
  it('that is declared after disconnect --for-declaration waits for its authorization', async () => {
    await openRevoked('operator');
    await run('disconnect', NAME, '--for-declaration', '--confirm', NAME);
    const { deployment } = desk;
    const declared = deployment.compose({
      config: {
        ...deployment.config,
        declaredConnections: { [NAME]: { dataCenter: 'eu', scopes: [SCOPE] } },
      },
    });
    const before = calls();

    for (let minute = 0; minute < 20; minute += 1) {
      await deployment.tick(declared);
      deployment.clock.advance(MINUTE_MS);
    }

    expect(calls()).toBe(before);
    expect(subjects()).toEqual([]);
    expect(await desk.row(NAME)).toMatchObject({ status: 'pending', source: 'declared' });
  });
});

describe('a blocked connection that is paused', () => {
  it('holds nothing, whoever calls, and is the same incident when it is resumed', async () => {
    await openRevoked('user');
    await run('pause', NAME);
    const metrics = desk.deployment.metrics.ofFleet('Blocked').length;
    await desk.deployment.runMinutes(60, { every: 10 });
    await desk.deployment.refresh(NAME, { reason: 'unauthorized', rejectedGeneration: 1 });

    expect(desk.deployment.metrics.ofFleet('Blocked')).toHaveLength(metrics);
    expect(subjects()).toHaveLength(1);
    await desk.run(['resume', NAME]);
    expect(await desk.row(NAME)).toMatchObject({ status: 'blocked' });
    expect(subjects()).toHaveLength(1);
    await authorize();
    await desk.deployment.runMinutes(2);
    expect(subjects().slice(1)).toEqual([`OK: Zoho ${NAME} has recovered`]);
  });
});
