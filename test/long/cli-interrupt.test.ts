import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { awsFault } from '../../sandbox/aws/aws-error.ts';
import { startZohoTokens } from '../support/cli-process.ts';
import { freeRedirectUri, person } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

let desk: OperatorDesk;

beforeAll(async () => {
  desk = await OperatorDesk.open();
});

afterAll(() => desk.close());

/** A refresh token of a client of its own, and the environment and stdin that import it. */
function anImport() {
  const client = desk.client();
  const refreshToken = desk.zoho.grant({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
  const environment = { PATH: process.env.PATH, ...desk.with(client) };
  return { refreshToken, environment, stdin: refreshToken };
}

describe('Ctrl-C', () => {
  it('ends the wait for a consent, changes nothing, and gives the port back', async () => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const redirectUri = await freeRedirectUri();
    const args = ['authorize', name, '--redirect-uri', redirectUri];
    const environment = desk.with(desk.client());

    const { exitCode, stderr } = await desk.run(args, {
      environment,
      openBrowser: async () => {},
      onInterruptible: (press) => setImmediate(press),
    });
    const again = await desk.run(args, { environment, openBrowser: person('reject').openBrowser });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error: Cancelled\. Nothing was changed\.\n$/);
    expect(again.stderr).toContain('denied at Zoho');
    expect(desk.credentialsText(name)).toBe(before);
  });

  it('ends it although the browser does not open', async () => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);

    const { exitCode, stderr } = await desk.run(
      ['authorize', name, '--redirect-uri', await freeRedirectUri()],
      {
        environment: desk.with(desk.client()),
        openBrowser: () => new Promise(() => {}),
        onInterruptible: (press) => setImmediate(press),
      },
    );

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Cancelled. Nothing was changed.');
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
  ] as const)('waits while %s, and then the new credentials stand whole', async (_, hold) => {
    const { name, clientId } = await desk.live();
    const client = desk.client();
    const { reached, release } = hold(name);
    const presses: (() => void)[] = [];

    const running = desk.run(['authorize', name, '--redirect-uri', await freeRedirectUri()], {
      environment: desk.with(client),
      openBrowser: person('accept').openBrowser,
      onInterruptible: (press) => presses.push(press),
    });
    await reached;
    const during = desk.credentials(name);
    presses.at(-1)?.();
    release();
    const { exitCode, stderr } = await running;

    expect(during.client_id).toBe(clientId);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Storing what Zoho gave: one moment.');
    expect(desk.credentials(name)).toMatchObject({
      client_id: client.clientId,
      client_secret: client.clientSecret,
      scope: SCOPE,
    });
  });
});

describe('a process', () => {
  it('is ended by Ctrl-C before anybody is asked, and nothing was changed', async () => {
    const { name } = await desk.live();
    const before = desk.credentialsText(name);
    const hold = desk.server.aws.cloudFormation.faults.hangNext({ operation: 'DescribeStacks' });

    const child = startZohoTokens(['authorize', name, '--import'], anImport());
    await hold.reached;
    child.kill('SIGINT');
    const code = await child.ended;
    hold.release();

    expect(code).toBe('SIGINT');
    expect(desk.credentialsText(name)).toBe(before);
  });

  it('stores what Zoho gave although Ctrl-C is pressed, and is ended by it during the refresh', async () => {
    const { name } = await desk.live();
    const { refreshToken, ...given } = anImport();
    const [check, refresh] = [
      desk.zoho.holdNextCall({ refreshToken }),
      desk.zoho.holdNextCall({ refreshToken }),
    ];

    const child = startZohoTokens(['authorize', name, '--import'], given);
    await check.received;
    child.kill('SIGINT');
    await vi.waitUntil(() => child.stderr().includes('one moment'));
    check.release();
    await refresh.received;
    child.kill('SIGINT');
    const code = await child.ended;
    refresh.release();

    expect(code).toBe('SIGINT');
    expect(desk.credentials(name)).toMatchObject({ refresh_token: refreshToken, data_center: 'eu' });
  });

  it('that is killed leaves the old credentials whole, or the new ones', async () => {
    const [asking, writing, written] = [await desk.live(), await desk.live(), await desk.live()];
    const imports = [anImport(), anImport(), anImport()] as const;
    const put = (name: string, afterEffect: boolean) =>
      desk.secrets.faults.hangNext({
        ...{ operation: 'PutSecretValue', secret: `zoho/${name}/credentials`, afterEffect },
      });
    const call = desk.zoho.holdNextCall({ refreshToken: imports[0].refreshToken });
    const stages = [call.received, put(writing.name, false).reached, put(written.name, true).reached];

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

describe('a command that died after any call of AWS', () => {
  const refusal = { kind: 'error', error: awsFault('AccessDeniedException') } as const;

  /** Runs it so that `calls` calls of AWS take effect, of whose last one no answer comes, and no more. */
  async function runAndDieAfter(calls: number, args: readonly string[]) {
    let seen = 0;
    const { cloudFormation, lambda } = desk.server.aws;
    const spies = [cloudFormation.faults, lambda.faults, desk.secrets.faults, desk.table.faults].map(
      (faults) =>
        vi.spyOn(faults, 'take').mockImplementation(() => {
          seen += 1;
          return seen < calls ? undefined : { ...refusal, afterEffect: seen === calls };
        }),
    );
    const run = await desk.run(args);
    for (const spy of spies) spy.mockRestore();
    return { ...run, hasDied: seen >= calls };
  }

  /** Lets it die after so many calls, and finishes it. Whether it died at all: it may have lived to its end before. */
  async function dieAndFinish(calls: number, args: readonly string[]): Promise<boolean> {
    const { hasDied } = await runAndDieAfter(calls, args);
    const { exitCode, stderr } = await desk.run(args);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return hasDied;
  }

  const deletionsOf = (name: string) =>
    ['credentials', 'access-token'].map((kind) => {
      const secret = desk.secrets.store.find(`zoho/${name}/${kind}`);
      return secret && secret.deletionAtMs !== undefined;
    });

  it('connects when it is run again', async () => {
    let deaths = 0;
    for (; ; deaths += 1) {
      const name = `new-${deaths}`;

      const hasDied = await dieAndFinish(deaths + 1, ['connect', name, '--data-center', 'eu']);

      expect(await desk.row(name)).toMatchObject({ status: 'pending', source: 'connected' });
      expect(deletionsOf(name)).toEqual([false, false]);
      if (!hasDied) break;
    }

    expect(deaths).toBeGreaterThanOrEqual(7);
  });

  it('disconnects, and takes back, when it is run again', async () => {
    const { name } = await desk.connected('old-1');
    let deaths = 0;
    for (; ; deaths += 1) {
      const inDisconnect = await dieAndFinish(deaths + 1, ['disconnect', name, '--confirm', name]);
      const disconnected = await desk.row(name);
      const deleted = deletionsOf(name);
      const inConnect = await dieAndFinish(deaths + 1, ['connect', name, '--data-center', 'eu']);

      expect(disconnected).toMatchObject({ generation: 1, lastFailure: { code: 'disconnected' } });
      expect(deleted).toEqual([true, true]);
      expect(await desk.row(name)).toMatchObject({ generation: 1, status: 'pending' });
      expect(deletionsOf(name)).toEqual([false, false]);
      if (!inDisconnect && !inConnect) break;
    }

    expect(deaths).toBeGreaterThanOrEqual(10);
  });

  it('revokes when it is run again', async () => {
    let deaths = 0;
    for (; ; deaths += 1) {
      const { name, ...old } = await desk.live();

      const hasDied = await dieAndFinish(deaths + 1, ['revoke', name, '--confirm', name]);

      expect(await desk.row(name)).toMatchObject({ lastFailure: { code: 'revoked' } });
      expect(await desk.stands(old)).toBe(false);
      if (!hasDied) break;
    }

    expect(deaths).toBeGreaterThanOrEqual(6);
  });
});
