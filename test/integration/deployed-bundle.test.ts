import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refresherEnvironment } from '../../infra/refresher-environment.ts';
import { parseSettings } from '../../infra/settings/parse-settings.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { createApp, createStack } from '../infra/synthesize.ts';

const CONNECTIONS = { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } } as const;

/** Lambda's Node, where there is one: CI sets it. Otherwise the Node that runs the tests. */
const node = process.env.LAMBDA_NODE ?? process.execPath;
const folder = mkdtempSync(join(tmpdir(), 'zoho-bundle-'));
const bundle = join(folder, 'index.mjs');
let deployment: LocalDeployment;

beforeAll(async () => {
  const app = createApp({ bundling: true, outdir: join(folder, 'cdk.out') });
  createStack({ connections: CONNECTIONS }, app);
  app.synth();
  const asset = readdirSync(join(folder, 'cdk.out')).find((name) => name.startsWith('asset.')) ?? '';
  copyFileSync(join(folder, 'cdk.out', asset, 'index.mjs'), bundle);
  deployment = await LocalDeployment.start({ startMs: Date.now(), connections: CONNECTIONS });
});
afterAll(async () => {
  await deployment.close();
  rmSync(folder, { recursive: true });
});

interface BundleRun {
  readonly node: string;
  readonly results: readonly unknown[];
}

async function runBundle(events: readonly object[]): Promise<{ run: BundleRun; output: string }> {
  const runner = fileURLToPath(new URL('../support/run-bundle.mjs', import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(
    node,
    [runner, JSON.stringify({ bundle, routes: deployment.routes, events })],
    {
      cwd: folder,
      env: {
        ...refresherEnvironment(parseSettings({ connections: CONNECTIONS }), deployment.aws.tableName),
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'sandbox',
        AWS_SECRET_ACCESS_KEY: 'sandbox',
        AWS_ENDPOINT_URL_DYNAMODB: deployment.aws.dynamoDb.endpoint,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: deployment.aws.secretsManager.endpoint,
        AWS_ENDPOINT_URL_EVENTBRIDGE: deployment.aws.eventBridge.endpoint,
      },
    },
  );
  return { run: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as BundleRun, output: stdout + stderr };
}

describe(`the bundle that cdk deploys, in a process of its own (${node})`, () => {
  it('registers, mints, publishes and answers', async () => {
    const authorization = deployment.authorize('crm-prod');

    const { run, output } = await runBundle([
      { action: 'refresh-due' },
      { action: 'refresh', connection: 'crm-prod', reason: 'unauthorized', rejectedGeneration: 1 },
    ]);

    const token = deployment.readToken('crm-prod');
    expect(run.results).toEqual([
      { due: 1, refreshed: 1, failed: 0, skipped: 0 },
      { connection: 'crm-prod', outcome: 'refreshed', generation: 2, expires_at: token?.expires_at },
    ]);
    expect(deployment.zoho.isValid(token?.access_token ?? '')).toBe(true);
    expect(output).toContain('"Heartbeat":1');
    for (const secret of [
      authorization.clientSecret,
      authorization.refreshToken,
      token?.access_token ?? '',
    ]) {
      expect(output).not.toContain(secret);
    }
  });
});
