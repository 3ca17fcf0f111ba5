import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refresherEnvironment } from '../../infra/refresher-environment.ts';
import { parseSettings } from '../../infra/settings/parse-settings.ts';
import { TWO_CONNECTIONS } from './synthesize.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outdir = mkdtempSync(join(tmpdir(), 'zoho-synth-'));
/** 32 KB of it are the client of SNS and the XML that it speaks, 38 KB the client of KMS and the second store. */
const MAX_BUNDLE_BYTES = 512 * 1000;

afterAll(() => rmSync(outdir, { recursive: true }));

describe('the app with two connections and an example consumer', () => {
  let run: Awaited<ReturnType<typeof runApp>>;
  let bundle: string;
  let exampleBundle: string;

  beforeAll(async () => {
    run = await runApp({
      zohoTokenRefresher: {
        connections: TWO_CONNECTIONS,
        exampleConsumer: 'crm-prod',
        alarmEmails: ['on-call@example.com'],
      },
    });
    bundle = bundleOf('ZohoRefresher');
    exampleBundle = bundleOf('ZohoExampleConsumer');
  });

  test('synthesizes without cdk-nag findings and warnings', () => {
    const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));

    expect(run.exitCode).toBe(0);
    expect(report.pluginReports).toEqual([]);
  });

  test('says what it contains, because the CDK is quiet about a template without problems', () => {
    expect(run.stderr).toMatch(/^ZohoTokenRefresher: declared connections: 2, alarms: [1-9]\d$/m);
  });

  test('bundles the function into at most 500 KB', () => {
    expect(statSync(bundle).size).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
  });

  test('excludes from the bundle only what is loaded on demand', () => {
    const code = readFileSync(bundle, 'utf8');
    // The SDK mentions one more package in error messages.
    const isText = (name: string | undefined) => name === '@aws-sdk/signature-v4-crt';
    const loadedAtOnce = [...code.matchAll(/(?:\bfrom|\bimport|require\()\s*"(@[^"]+)"/g)].map(
      ([, name]) => name,
    );

    expect(loadedAtOnce.filter((name) => !isText(name))).toEqual([]);
    expect(code).toContain('import("@aws-sdk/credential-provider-sso")');
  });

  test('bundles a module that loads without node_modules and exports the handler', async () => {
    const environment = refresherEnvironment(parseSettings({ connections: TWO_CONNECTIONS }), 'table');

    expect(await typeOfHandler(bundle, environment)).toBe('function');
  });

  test('bundles the example consumer in the same way', async () => {
    const environment = {
      ZOHO_CONNECTION: 'crm-prod',
      ZOHO_SECRET_PREFIX: 'zoho',
      ZOHO_REFRESHER_FUNCTION_NAME: 'refresher',
    };

    expect(await typeOfHandler(exampleBundle, environment)).toBe('function');
  });
});

test('the app with an invalid configuration prints the problems and nothing else', async () => {
  const { exitCode, stdout, stderr } = await runApp({
    zohoTokenRefresher: { maxInFlight: 0, colour: 'red' },
  });

  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr.trim().split('\n')).toEqual([
    'The configuration of the Zoho Token Refresher has 2 problems:',
    '  - maxInFlight: 0 is not valid. Allowed: a whole number from 1 to 100.',
    expect.stringMatching(/^ {2}- colour: is not a known key\. Allowed: secretPrefix, /),
  ]);
});

/** The bundled module of the function whose logical ID starts with this text. */
function bundleOf(logicalId: string): string {
  const template = JSON.parse(readFileSync(join(outdir, 'ZohoTokenRefresher.template.json'), 'utf8'));
  const [key] = Object.keys(template.Resources).filter(
    (id) => id.startsWith(logicalId) && template.Resources[id].Type === 'AWS::Lambda::Function',
  );
  const assetHash = template.Resources[key ?? ''].Properties.Code.S3Key.replace(/\.zip$/, '');
  return join(outdir, `asset.${assetHash}`, 'index.mjs');
}

async function typeOfHandler(bundle: string, environment: Record<string, string>): Promise<string> {
  const script = `const { handler } = await import(${JSON.stringify(bundle)}); console.log(typeof handler);`;
  const { stdout } = await runNode(['--input-type=module', '-e', script], {
    ...environment,
    AWS_REGION: 'eu-central-1',
  });
  return stdout.trim();
}

/** Runs the app like the cdk command, which passes context and output folder in the environment. */
function runApp(context: Record<string, unknown>) {
  const cdkJson = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  return runNode(['--import', 'tsx', 'infra/app.ts'], {
    CDK_OUTDIR: outdir,
    // Skips the built-in validation, which takes five seconds. `cdk synth` runs it.
    CDK_VALIDATION: 'false',
    CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context }),
  });
}

function runNode(args: string[], environment: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: root, env: { PATH, HOME, ...environment } },
      (error, stdout, stderr) => resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}
