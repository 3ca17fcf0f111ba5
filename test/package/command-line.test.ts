import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { systemClock } from '../../lambdas/adapters/system-clock.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { Project, ROOT } from './project.ts';

const MAX_CPU_MS = 500;

describe('zoho-tokens of the package', () => {
  let project: Project;
  let bin: string;
  beforeAll(async () => {
    project = new Project();
    await project.install(inject('tarball'), '--omit=dev');
    bin = join(project.folder, 'node_modules/.bin/zoho-tokens');
  });
  afterAll(() => project.remove());

  it('prints its version', async () => {
    const output = await project.run('npx', ['--no-install', 'zoho-tokens', '--version']);

    expect(output.trim()).toBe(packageJson.version);
  });

  it('comes with the licenses of what the bundles contain', () => {
    const dist = join(project.folder, 'node_modules/zoho-token-refresher/dist');
    const notices = readFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const listed = new Set([...notices.matchAll(/^(\S+) \d\S* \(\S+\)$/gm)].map(([, name]) => name));
    // The bundle of the construct is not minified: a comment names the file of each module.
    const paths = readFileSync(join(dist, 'infra.cjs'), 'utf8').matchAll(
      /^ *\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm,
    );
    const inConstruct = new Set([...paths].map(([, name]) => name));

    expect(inConstruct).toContain('zod');
    expect([...inConstruct].filter((name) => !listed.has(name))).toEqual([]);
    for (const name of ['@aws-sdk/client-dynamodb', '@middy/core', 'commander'])
      expect(listed).toContain(name);
    expect(notices).toContain('Permission is hereby granted, free of charge');
    expect(notices).toContain('Apache License');
  });

  it.each(['--version', '--help'])('starts in less than 0.5 s with %s', (option) => {
    // The time of the processor, at best of three: other processes of this machine do not count.
    const times = [1, 2, 3].map(() => cpuMsOf([bin, option]));

    console.log(`${option}: ${Math.min(...times)} ms`);
    expect(Math.min(...times)).toBeLessThan(MAX_CPU_MS);
  });

  it('shows the status of the sandbox', async () => {
    const server = await startSandboxServer({
      clock: systemClock,
      connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
    });
    try {
      await server.tick();
      const output = await project.run(bin, ['status'], server.environment);

      expect(output).toContain('crm-prod');
    } finally {
      await server.close();
    }
  });
});

describe('a git install', () => {
  const repository = new Project();
  const project = new Project();
  afterAll(() => {
    repository.remove();
    project.remove();
  });

  it('builds the package: its client loads, and its command line runs', async () => {
    const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT });
    const archive = execFileSync('tar', ['--create', '--null', '--files-from=-'], {
      cwd: ROOT,
      input: files,
      maxBuffer: 2 ** 28,
    });
    execFileSync('tar', ['--extract'], { cwd: repository.folder, input: archive });
    const git = (...args: string[]) =>
      repository.run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args]);
    await git('init', '--quiet');
    await git('add', '--all');
    await git('commit', '--quiet', '--message=all');

    await project.install(`git+file://${repository.folder}`);

    const load = "console.log(typeof require('zoho-token-refresher/client').createZohoClient)";
    expect((await project.node('-e', load)).trim()).toBe('function');
    const version = await project.run('npx', ['--no-install', 'zoho-tokens', '--version']);
    expect(version.trim()).toBe(packageJson.version);
  });
});

/** Time that Node.js spends on a script, in milliseconds of the processor. */
function cpuMsOf(args: readonly string[]): number {
  const script = `const { spawnSync } = require('node:child_process');
    const { error, status } = spawnSync(process.execPath, ${JSON.stringify(args)});
    if (status !== 0) throw error ?? new Error(String(status));
    const line = require('node:fs').readFileSync('/proc/self/stat', 'utf8').split(' ');
    console.log((Number(line[15]) + Number(line[16])) * 10);`;
  return Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}
