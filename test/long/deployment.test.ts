import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { type DeploymentServer, startDeploymentServer } from '../support/cloudformation/deployment-server.ts';
import { SimulatedAccount } from '../support/cloudformation/simulated-account.ts';
import type { CloudFormationTemplate } from '../support/cloudformation/template.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
const STACK = 'ZohoTokenRefresher';
const CONFIGURATION = JSON.stringify({
  connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.READ'] } },
});

const seed = Math.floor(Math.random() * 2 ** 31);
const random = seededRandom(seed);
const folder = mkdtempSync(join(tmpdir(), 'deployment-'));
const assembly = join(folder, 'cdk.out');
let account: SimulatedAccount;
let server: DeploymentServer;

beforeAll(async () => {
  account = new SimulatedAccount(random);
  server = await startDeploymentServer(account);
  const synth = await cdk(
    'synth',
    '--quiet',
    '--output',
    assembly,
    '-c',
    `zohoTokenRefresher=${CONFIGURATION}`,
  );
  expect(synth, synth.output).toMatchObject({ exitCode: 0 });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface CdkRun {
  readonly exitCode: number;
  readonly output: string;
}

function cdk(...args: string[]): Promise<CdkRun> {
  const options = {
    cwd: ROOT,
    env: { ...process.env, HOME: folder, ...server.environment },
    timeout: 120_000,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [CDK, ...args], options, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
}

const deploy = () => cdk('deploy', '--app', assembly, '--require-approval', 'never');
const destroy = () => cdk('destroy', '--app', assembly, '--force');

test(`the CDK CLI repeats a failed first deployment, destroys it, and deploys again (seed ${seed})`, {
  timeout: 180_000,
}, async () => {
  const template = JSON.parse(
    readFileSync(join(assembly, `${STACK}.template.json`), 'utf8'),
  ) as CloudFormationTemplate;
  const ids = Object.keys(template.Resources);
  const refused = ids[Math.floor(random() * ids.length)] ?? '';

  server.refuseNext(refused);
  const failed = await deploy();
  expect(failed.exitCode, refused).toBe(1);
  expect(failed.output).toContain(`${refused}: access denied`);
  expect(account.resources, refused).toEqual([]);

  for (const run of [deploy, destroy, deploy]) {
    const { exitCode, output } = await run();
    expect(exitCode, output).toBe(0);
  }
  expect(server.outcomes.map(({ status }) => status)).toEqual([
    'ROLLBACK_COMPLETE',
    'DELETE_COMPLETE',
    'CREATE_COMPLETE',
    'DELETE_COMPLETE',
    'CREATE_COMPLETE',
  ]);
});
