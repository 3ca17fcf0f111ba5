import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { OperatorDesk } from '../support/operator-desk.ts';

const desk = await OperatorDesk.open();
const root = mkdtempSync(join(tmpdir(), 'zoho-init-'));
afterAll(async () => {
  rmSync(root, { recursive: true });
  await desk.close();
});

let folders = 0;

/** A folder in which these packages are installed. */
function folderWith(...packages: string[]): string {
  folders += 1;
  const folder = join(root, `app-${folders}`);
  for (const name of packages) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ name }));
  }
  return folder;
}

const INSTALLED = ['zoho-token-refresher', 'aws-cdk-lib', 'constructs', 'aws-cdk'];

describe('init', () => {
  it.each([
    ['tsx', 'npx tsx bin/zoho.mts', ['bin/zoho.mts', 'cdk.json', 'tsconfig.json']],
    ['ts-node', 'npx ts-node --prefer-ts-exts bin/zoho.ts', ['bin/zoho.ts', 'cdk.json', 'tsconfig.json']],
    ['constructs', 'node bin/zoho.mjs', ['bin/zoho.mjs', 'cdk.json']],
  ])('writes an app for a project with %s', async (installed, app, files) => {
    const folder = folderWith(...INSTALLED, installed);

    const { exitCode, stdout, stderr } = await desk.run(['init', folder]);

    expect(exitCode).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(files.map((file) => `created: ${file}`));
    expect(JSON.parse(readFileSync(join(folder, 'cdk.json'), 'utf8'))).toEqual({ app });
    expect(stderr).toContain('npx cdk synth');
    expect(stderr).not.toContain('npm install');
  });

  it('says which packages are still missing', async () => {
    const { stderr } = await desk.run(['init', folderWith('zoho-token-refresher', 'constructs')]);

    expect(stderr).toContain('npm install aws-cdk-lib aws-cdk@2\n');
  });

  it('creates the folders on the way to a new one', async () => {
    const folder = join(root, 'new', 'folder');

    expect((await desk.run(['init', folder])).exitCode).toBe(0);
    expect(existsSync(join(folder, 'bin', 'zoho.mjs'))).toBe(true);
  });

  it.each([
    ['a file', () => join(folderWith('tsx'), 'node_modules', 'tsx', 'package.json'), 'ENOTDIR'],
    ['too long', () => join(root, 'x'.repeat(300)), 'ENAMETOOLONG'],
  ])('says that it cannot write to a folder whose path is %s', async (_, folder, code) => {
    const { exitCode, stderr } = await desk.run(['init', folder()]);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`cannot be written (${code}).`);
    expect(stderr).not.toContain('This is a bug');
  });

  it.runIf(existsSync('/proc/self'))('ends where the system allows no folders', async () => {
    const { stderr } = await desk.run(['init', '/proc/app']);

    expect(stderr).toContain('/proc/app/bin/zoho.mjs cannot be written (ENOENT).');
  });

  it('never overwrites a file, and writes none if one of them exists', async () => {
    const folder = folderWith(...INSTALLED);
    writeFileSync(join(folder, 'cdk.json'), '{"app":"mine"}');

    const { exitCode, stdout, stderr } = await desk.run(['init', folder]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`${folder} already has cdk.json. Nothing was written.`);
    expect(readFileSync(join(folder, 'cdk.json'), 'utf8')).toBe('{"app":"mine"}');
    expect(readdirSync(folder).sort()).toEqual(['cdk.json', 'node_modules']);
    expect(existsSync(join(folder, 'bin'))).toBe(false);
  });

  it('creates the folder if it does not exist', async () => {
    const folder = join(root, 'new', 'app');

    const { exitCode } = await desk.run(['init', folder]);

    expect(exitCode).toBe(0);
    expect(existsSync(join(folder, 'bin/zoho.mjs'))).toBe(true);
  });
});
