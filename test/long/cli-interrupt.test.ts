import { afterAll, describe, expect, it, vi } from 'vitest';
import { awsFault } from '../../sandbox/aws/aws-error.ts';
import { startZohoTokens } from '../support/cli-process.ts';
import { authorizeInBrowser, freeRedirectUri } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

/** A refresh token of its own client, with the environment and stdin that import it. */
function newImport() {
  const client = desk.client();
  const refreshToken = desk.zoho.grant({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
  const environment = { PATH: process.env.PATH, ...desk.with(client) };
  return { refreshToken, environment, stdin: refreshToken };
}

describe('Ctrl-C', () => {
  it.each([
    ['after the browser has opened', async () => {}],
    ['while the browser does not open', () => new Promise<void>(() => {})],
  ])('cancels the wait for consent %s: nothing is changed, and the port is free', async (_, openBrowser) => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const redirectUri = await freeRedirectUri();

    const { exitCode, stderr } = await authorizeInBrowser(desk, name, {
      ...{ redirectUri, openBrowser },
      onInterruptible: (press) => setImmediate(press),
    });
    const again = await authorizeInBrowser(desk, name, { redirectUri, decision: 'reject' });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error: Cancelled\. Nothing was changed\.\n$/);
    expect(again.stderr).toContain('denied at Zoho');
    expect(desk.credentialsText(name)).toBe(before);
  });

  it.each([
    [
      'the code is exchanged',
      () => {
        const { received, release } = desk.zoho.holdNextCall();
        return { reached: received, release };
      },
    ],
    [
      'the credentials are written',
      (name: string) =>
        desk.secrets.faults.hangNext({ operation: 'PutSecretValue', secret: `zoho/${name}/credentials` }),
    ],
  ] as const)('waits while %s, and then the new credentials are complete', async (_, hold) => {
    const { name, clientId } = await desk.live();
    const client = desk.client();
    const { reached, release } = hold(name);
    const presses: (() => void)[] = [];

    const running = authorizeInBrowser(desk, name, {
      client,
      onInterruptible: (press) => presses.push(press),
    });
    await reached;
    const during = desk.credentials(name);
    presses.at(-1)?.();
    release();
    const { exitCode, stderr } = await running;

    expect(during.client_id).toBe(clientId);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Storing the new credentials.');
    expect(desk.credentials(name)).toMatchObject({
      client_id: client.clientId,
      client_secret: client.clientSecret,
      scope: SCOPE,
    });
  });
});

describe('a process', () => {
  it('is ended by Ctrl-C at first, and nothing is changed', async () => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const hold = desk.server.aws.ssm.faults.hangNext({ operation: 'GetParametersByPath' });

    const child = startZohoTokens(['authorize', name, '--import'], newImport());
    await hold.reached;
    child.kill('SIGINT');
    const code = await child.ended;
    hold.release();

    expect(code).toBe('SIGINT');
    expect(desk.credentialsText(name)).toBe(before);
  });

  it('stores the new credentials despite Ctrl-C, and is ended by Ctrl-C during the refresh', async () => {
    const { name } = await desk.live();
    const { refreshToken, ...given } = newImport();
    const [check, refresh] = [
      desk.zoho.holdNextCall({ refreshToken }),
      desk.zoho.holdNextCall({ refreshToken }),
    ];

    const child = startZohoTokens(['authorize', name, '--import'], given);
    await check.received;
    child.kill('SIGINT');
    await vi.waitUntil(() => child.stderr().includes('Storing the new credentials'));
    check.release();
    await refresh.received;
    child.kill('SIGINT');
    const code = await child.ended;
    refresh.release();

    expect(code).toBe('SIGINT');
    expect(desk.credentials(name)).toMatchObject({ refresh_token: refreshToken, data_center: 'eu' });
  });

  it('that is killed leaves either all old or all new credentials', async () => {
    const [asking, writing, written] = [await desk.live(), await desk.live(), await desk.live()];
    const imports = [newImport(), newImport(), newImport()] as const;
    const hang = (name: string, operation: 'PutSecretValue' | 'UpdateSecretVersionStage') =>
      desk.secrets.faults.hangNext({ operation, secret: `zoho/${name}/credentials`, afterEffect: true });
    const call = desk.zoho.holdNextCall({ refreshToken: imports[0].refreshToken });
    const stages = [
      call.received,
      hang(writing.name, 'PutSecretValue').reached,
      hang(written.name, 'UpdateSecretVersionStage').reached,
    ];

    const codes = await Promise.all(
      [asking, writing, written].map(async ({ name }, index) => {
        const child = startZohoTokens(['authorize', name, '--import'], imports[index] ?? imports[0]);
        await stages[index];
        child.kill('SIGKILL');
        return await child.ended;
      }),
    );
    call.abandon();

    expect(codes).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL']);
    expect(desk.credentials(asking.name).refresh_token).toBe(asking.refreshToken);
    expect(desk.credentials(writing.name).refresh_token).toBe(writing.refreshToken);
    expect(desk.credentials(written.name)).toMatchObject({ refresh_token: imports[2].refreshToken });
  });
});

describe('a command that died after any call of AWS can be run again:', () => {
  const refusal = { kind: 'error', error: awsFault('AccessDeniedException') } as const;

  /**
   * Runs a command whose first `calls` calls of AWS take effect, but whose last of them gets no answer, and then runs it again.
   * False when the command finished before.
   */
  async function dieAndFinish(calls: number, args: readonly string[]): Promise<boolean> {
    let count = 0;
    const { lambda, ssm } = desk.server.aws;
    const spies = [ssm.faults, lambda.faults, desk.secrets.faults, desk.table.faults].map((faults) =>
      vi.spyOn(faults, 'take').mockImplementation(() => {
        count += 1;
        return count < calls ? undefined : { ...refusal, afterEffect: count === calls };
      }),
    );
    await desk.run(args);
    for (const spy of spies) spy.mockRestore();
    const { exitCode, stderr } = await desk.run(args);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return count >= calls;
  }

  /** Tries every number of calls until the command finishes. Returns how often it died. */
  async function countDeaths(tryOnce: (calls: number) => Promise<boolean>): Promise<number> {
    for (let deaths = 0; ; deaths += 1) if (!(await tryOnce(deaths + 1))) return deaths;
  }

  const deletionsOf = (name: string) =>
    ['credentials', 'access-token'].map((kind) => {
      const secret = desk.secrets.store.find(`zoho/${name}/${kind}`);
      return secret && secret.deletionAtMs !== undefined;
    });

  it('connect', async () => {
    const deaths = await countDeaths(async (calls) => {
      const name = `new-${calls}`;
      const hasDied = await dieAndFinish(calls, ['connect', name, '--data-center', 'eu']);
      expect(await desk.row(name)).toMatchObject({ status: 'pending', source: 'connected' });
      // authorize creates the credentials secret.
      expect(deletionsOf(name)).toEqual([undefined, false]);
      return hasDied;
    });

    expect(deaths).toBeGreaterThanOrEqual(7);
  });

  it('disconnect, and connect after it', async () => {
    const { name } = await desk.connected('old-1');

    const deaths = await countDeaths(async (calls) => {
      const inDisconnect = await dieAndFinish(calls, ['disconnect', name, '--confirm', name]);
      expect(await desk.row(name)).toMatchObject({ generation: 1, lastFailure: { code: 'disconnected' } });
      expect(deletionsOf(name)).toEqual([true, true]);
      const inConnect = await dieAndFinish(calls, ['connect', name, '--data-center', 'eu']);
      expect(await desk.row(name)).toMatchObject({ generation: 1, status: 'pending' });
      expect(deletionsOf(name)).toEqual([false, false]);
      return inDisconnect || inConnect;
    });

    expect(deaths).toBeGreaterThanOrEqual(10);
  });

  it('revoke', async () => {
    const deaths = await countDeaths(async (calls) => {
      const { name, ...old } = await desk.live();
      const hasDied = await dieAndFinish(calls, ['revoke', name, '--confirm', name]);
      expect(await desk.row(name)).toMatchObject({ lastFailure: { code: 'revoked' } });
      expect(await desk.stands(old)).toBe(false);
      return hasDied;
    });

    expect(deaths).toBeGreaterThanOrEqual(6);
  });
});
