import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { Story } from '../../sandbox/story/story.ts';
import { StoryScreen } from '../../sandbox/story/story-screen.ts';
import { summarize } from '../../sandbox/story/story-summary.ts';
import { TokenWatch } from '../../sandbox/story/token-watch.ts';
import { MINUTE_MS, START_MS, startAuthorizedDeployment } from '../support/sandbox.ts';

async function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'sandbox/main.ts', ...args], {
    stdio: 'pipe',
    // Some programs color their output under CI, even in a pipe.
    env: { ...process.env, CI: 'true' },
    signal: AbortSignal.timeout(80_000),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('npm start', () => {
  it('plays the story to its end and passes, with the summary in the picture of README', {
    timeout: 90_000,
  }, async () => {
    const { code, output } = await run();
    const shown = readFileSync('docs/images/start.txt', 'utf8');
    const withoutDuration = (text: string) => text.replace(/simulated hours in [\d.]+ s/, '');

    expect(output).toContain('200 requests: 1 refreshed');
    expect(output).toContain('blocked: invalid_code');
    expect(output).toMatch(/calls per refresh: +5 of AWS, 1 of Zoho; an idle tick: 2 of AWS/);
    expect(shown).toContain('PASS');
    expect(withoutDuration(output)).toContain(withoutDuration(shown));
    expect(code).toBe(0);
  });

  it('prints plain text into a pipe, and has --help', async () => {
    const { code, output } = await run('--help');

    expect(code).toBe(0);
    expect(output).toContain('Usage: npm start');
    expect(output).not.toContain('\u001b');
  });

  it('rejects unknown options with exit code 2', async () => {
    const { code, output } = await run('--sevre');

    expect(code).toBe(2);
    expect(output).toContain('--sevre');
  });
});

describe('the count of seconds without a valid token', () => {
  let deployment: LocalDeployment;
  afterEach(() => deployment.close());

  it('is exact, and begins when the token runs out at Zoho', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const watch = new TokenWatch(deployment);
    watch.expect('crm-prod');

    watch.advance(59 * MINUTE_MS);
    const before = watch.secondsWithout('crm-prod');
    watch.advance(3 * MINUTE_MS + 7_000);

    expect(before).toEqual({ expected: 0, excused: 0 });
    expect(watch.secondsWithout('crm-prod')).toEqual({ expected: 127, excused: 0 });
  });

  it('sees a revocation at once, and counts the time while revoked apart', async () => {
    const started = await startAuthorizedDeployment();
    deployment = started.deployment;
    const watch = new TokenWatch(deployment);
    watch.expect('crm-prod');
    deployment.zoho.revoke(started.authorization.refreshToken);

    watch.advance(10_000);
    watch.excuse('crm-prod');
    watch.advance(20_000);

    expect(watch.secondsWithout('crm-prod')).toEqual({ expected: 10, excused: 20 });
  });

  it('makes the story fail', async () => {
    const lines: string[] = [];
    const screen = new StoryScreen(START_MS, (line) => lines.push(line));
    const story = await Story.start(screen);
    deployment = story.deployment;
    deployment.authorize('crm-eu');
    await story.time.tick();
    story.time.watch.expect('crm-eu');
    story.time.watch.advance(61 * MINUTE_MS);

    await story.consumers.close();
    expect(summarize(story, screen, 0)).toBe(false);
    expect(lines.at(-1)).toContain('FAIL');
  });
});
