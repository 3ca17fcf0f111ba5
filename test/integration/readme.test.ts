import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { DATA_CENTERS } from '../../lambdas/core/zoho/data-centers.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { runBundle } from '../support/run-bundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describe('the README', () => {
  let deployment: LocalDeployment | undefined;
  afterEach(async () => {
    await deployment?.close();
    deployment = undefined;
  });

  it("shows a consumer that really reads the token and calls Zoho's API with it", async () => {
    deployment = await LocalDeployment.start({
      startMs: Date.now(),
      connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.leads.READ'] } },
    });
    deployment.authorize('crm-prod');
    await deployment.tick();
    const snippet = /```js\n([\s\S]+?)```/.exec(readme)?.[1] ?? '';
    const file = fileURLToPath(new URL(`./readme-snippet-${process.pid}.mjs`, import.meta.url));
    await build({
      stdin: { contents: snippet, resolveDir: root },
      alias: { 'zoho-token-refresher/client': join(root, 'lambdas/client/index.ts') },
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      outfile: file,
      logLevel: 'silent',
    });

    try {
      const { results } = await runBundle(file, {
        folder: root,
        routes: { [deployment.zoho.apiHosts.eu]: deployment.zoho.origins.eu },
        events: [{}],
        environment: {
          AWS_LAMBDA_FUNCTION_NAME: 'leads',
          AWS_REGION: 'eu-west-1',
          AWS_ACCESS_KEY_ID: 'sandbox',
          AWS_SECRET_ACCESS_KEY: 'sandbox',
          AWS_ENDPOINT_URL_SECRETS_MANAGER: deployment.aws.secretsManager.endpoint,
        },
      });

      expect(results).toEqual([{ data: [] }]);
    } finally {
      rmSync(file);
    }
  });

  it.each(['npm ci && npm start', 'npm cit'])('shows "%s" among its first 20 lines', (command) => {
    const start = readme.split('\n').slice(0, 20);

    expect(start.filter((line) => line.startsWith(command))).toHaveLength(1);
  });

  it('names every data center', () => {
    for (const location of Object.keys(DATA_CENTERS)) expect(readme).toContain(`\`${location}\``);
  });
});
