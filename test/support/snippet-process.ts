import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { Snippet } from './document-snippets.ts';

/** Inside node_modules, so that a snippet finds the packages that it imports, and nothing lints or commits it. */
const SCRATCH = fileURLToPath(new URL('../../node_modules/.cache/document-snippets/', import.meta.url));

const REJECTIONS = new URL('../../docs/zoho-rejections.json', import.meta.url);

/** The oldest boto3 that reads AWS_ENDPOINT_URL_*. An older one would call AWS. */
const PYTHON_PROBE = `import boto3, urllib3
assert tuple(map(int, boto3.__version__.split(".")[:2])) >= (1, 28), "boto3 " + boto3.__version__`;

/** Why Python snippets cannot run on this machine; undefined if they can. */
export function whyNoPython(): string | undefined {
  try {
    execFileSync('python3', ['-c', PYTHON_PROBE], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'python3 with boto3 1.28 or newer is not installed';
  }
}

export interface SnippetOptions {
  /** Has the AWS and the clock that the snippet uses. */
  readonly deployment: LocalDeployment;
  /** Where Zoho's hosts are. @default the deployment's Zoho */
  readonly routes?: Readonly<Record<string, string>>;
  /** Added to the environment that {@link sandboxEnvironment} makes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Result of a call. */
interface SnippetAnswer {
  readonly result?: unknown;
  /** Name and message of the error. */
  readonly error?: string;
  /** Lines on standard output (Python only). */
  readonly printed?: readonly string[];
}

/** A snippet in a process of its own, with the deployment's clock. */
export class SnippetProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #ended: Promise<unknown>;
  readonly #folder: string;
  readonly #deployment: LocalDeployment;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    folder: string,
    deployment: LocalDeployment,
  ) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout });
    this.#ended = once(child, 'exit').catch(() => undefined);
    this.#folder = folder;
    this.#deployment = deployment;
  }

  static async start(snippet: Snippet, options: SnippetOptions): Promise<SnippetProcess> {
    const { deployment, routes = { [deployment.zoho.apiHosts.eu]: deployment.zoho.origins.eu } } = options;
    const isPython = snippet.language === 'python';
    const folder = makeScratchFolder();
    const file = join(folder, isPython ? 'snippet.py' : 'snippet.mjs');
    if (isPython) {
      writePython(snippet, file);
    } else {
      await compile(snippet, file).catch((error) => {
        rmSync(folder, { recursive: true });
        throw error;
      });
    }
    const runner = fileURLToPath(new URL(isPython ? 'run_snippet.py' : 'run-snippet.mjs', import.meta.url));
    const child = spawn(
      isPython ? 'python3' : process.execPath,
      [...(isPython ? ['-B'] : []), runner, JSON.stringify({ file, routes })],
      { stdio: ['pipe', 'pipe', 'inherit'], env: sandboxEnvironment(deployment, options.env) },
    );
    return new SnippetProcess(child, folder, deployment);
  }

  /** Calls a function of the snippet. Where it would sleep, `onSleep` runs instead. */
  async call(
    name: string,
    args: readonly unknown[] = [{}, {}],
    onSleep: (seconds: number) => Promise<void> = () => Promise.resolve(),
  ): Promise<SnippetAnswer> {
    let message = await this.#exchange({ call: name, args });
    while (message.sleep !== undefined) {
      await onSleep(message.sleep);
      message = await this.#exchange({});
    }
    return message;
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #exchange(step: object): Promise<SnippetAnswer & { readonly sleep?: number }> {
    const answered = once(this.#lines, 'line');
    this.#child.stdin.write(`${JSON.stringify({ nowMs: this.#deployment.clock.now(), ...step })}\n`);
    const answer = await Promise.race([answered, this.#ended.then(() => undefined)]);
    if (answer === undefined) throw new Error('The snippet ended its process.');
    return JSON.parse(String(answer[0]));
  }
}

/** Writes the snippet, and beside it the table that the guide tells users to put there. */
export function writePython({ code }: Snippet, file: string): void {
  writeFileSync(file, code);
  copyFileSync(REJECTIONS, join(dirname(file), 'zoho-rejections.json'));
}

/** Packages are those that are installed, except the client, which is compiled from source. */
async function compile({ code, language }: Snippet, outfile: string): Promise<void> {
  await build({
    stdin: { contents: code, loader: language === 'ts' ? 'ts' : 'js', resolveDir: dirname(outfile) },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    alias: {
      'zoho-token-refresher/client': fileURLToPath(new URL('../../lambdas/client/index.ts', import.meta.url)),
    },
    logLevel: 'silent',
  });
}

/** An environment with the deployment's AWS and invented credentials. Other services of AWS cannot be reached. */
export function sandboxEnvironment(
  deployment: LocalDeployment,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: SCRATCH,
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: deployment.aws.secretsManager.endpoint,
    ...more,
  };
}

/** A new folder inside node_modules. The caller removes it. */
export function makeScratchFolder(): string {
  mkdirSync(SCRATCH, { recursive: true });
  return mkdtempSync(join(SCRATCH, 'snippet-'));
}
