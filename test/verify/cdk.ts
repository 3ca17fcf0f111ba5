import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Verification } from './check.ts';
import { contextArguments, type Place } from './place.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CDK = fileURLToPath(new URL('../../node_modules/aws-cdk/bin/cdk', import.meta.url));
const LIMIT_MS = 30 * 60_000;

export interface CdkRun {
  readonly succeeded: boolean;
  readonly output: string;
}

/** Deploys the app of the verification with the CDK CLI, as a user does. */
export function deploy(verification: Pick<Verification, 'cloud'>, place: Place): Promise<CdkRun> {
  return run(verification, place, [
    'deploy',
    '--require-approval',
    'never',
    '--outputs-file',
    outputsFile(place),
  ]);
}

/** Destroys it. Succeeds if there is no such stack. */
export function destroy(verification: Pick<Verification, 'cloud'>, place: Place): Promise<CdkRun> {
  return run(verification, place, ['destroy', '--force']);
}

/** Deletes what the CDK wrote for it on this machine. */
export function removeFiles(place: Place): void {
  rmSync(assemblyOf(place), { recursive: true, force: true });
  rmSync(outputsFile(place), { force: true });
}

function run(
  { cloud }: Pick<Verification, 'cloud'>,
  place: Place,
  command: readonly string[],
): Promise<CdkRun> {
  const assembly = assemblyOf(place);
  const isSynthesized = command.includes('destroy') && existsSync(join(assembly, 'manifest.json'));
  const app = isSynthesized
    ? ['--app', assembly]
    : ['--app', 'npx tsx test/verify/app.ts', '--output', assembly, ...contextArguments(place)];
  const args = [CDK, ...command, ...app, '--ci'];
  const options = {
    cwd: ROOT,
    env: { ...process.env, ...cloud.environment },
    timeout: LIMIT_MS,
    maxBuffer: 2 ** 26,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ succeeded: error === null, output: `${stdout}${stderr}` });
    });
  });
}

/** The outputs of the stack as it was deployed last. */
export function readOutputs(place: Place): Readonly<Record<string, string>> {
  const outputs = JSON.parse(readFileSync(outputsFile(place), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  return outputs[place.stackName] ?? {};
}

function assemblyOf({ stackName }: Place): string {
  return join(ROOT, 'cdk.out', stackName);
}

function outputsFile({ stackName }: Place): string {
  return join(ROOT, 'cdk.out', `${stackName}.outputs.json`);
}

/** The lines of the CDK's output that say why it failed. */
export function reasonOf({ output }: CdkRun): string {
  const lines = output.split('\n').map((line) => line.trim());
  const failed = lines.filter((line) => /CREATE_FAILED|UPDATE_FAILED|❌|‣|Error/.test(line));
  return (failed.length > 0 ? failed : lines.filter(Boolean)).slice(-4).join(' | ');
}
