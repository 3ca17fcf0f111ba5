import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND_TIMEOUT_MS = 200_000;

/** A user's project in a temporary folder, with nothing of this checkout around it. */
export class Project {
  readonly folder: string;

  constructor(folder = mkdtempSync(join(tmpdir(), 'zoho-project-'))) {
    this.folder = folder;
  }

  /** A folder inside, which finds the packages of this one. */
  inside(name: string): Project {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    return new Project(folder);
  }

  /** A project with the same files. */
  copy(): Project {
    const copy = new Project();
    execFileSync('cp', ['-RP', `${this.folder}/.`, copy.folder]);
    return copy;
  }

  /** A folder inside with an example of this repository, as a user would copy it. */
  example(name: string): Project {
    const folder = this.inside(name);
    cpSync(join(ROOT, 'examples', name), folder.folder, { recursive: true });
    return folder;
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  /** Runs a command, and returns its standard output. Rejects with all of its output if it fails. */
  async run(
    command: string,
    args: readonly string[],
    environment: Record<string, string> = {},
  ): Promise<string> {
    const { PATH = '', HOME = '' } = process.env;
    const npm = Object.entries(process.env).filter(([name]) =>
      /^npm_config_(registry|cache|userconfig)$/i.test(name),
    );
    const env = { PATH, HOME, CI: 'true', ...Object.fromEntries(npm), ...environment };
    try {
      const { stdout } = await promisify(execFile)(command, args, {
        cwd: this.folder,
        env,
        timeout: COMMAND_TIMEOUT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024 * 1024,
      });
      return stdout;
    } catch (error) {
      const { stdout, stderr, message } = error as Error & { stdout: string; stderr: string };
      throw new Error(`${message.slice(0, 500)}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`);
    }
  }

  install(...packages: string[]): Promise<string> {
    return this.run('npm', ['install', '--no-fund', '--no-audit', '--loglevel=error', ...packages]);
  }

  node(...args: string[]): Promise<string> {
    return this.run(process.execPath, args);
  }

  /** The only template in `cdk.out`. */
  template(): string {
    const read = (name: string) => readFileSync(join(this.folder, 'cdk.out', name), 'utf8');
    const manifest = JSON.parse(read('manifest.json')) as {
      artifacts: Record<string, { type: string; properties: { templateFile: string } }>;
    };
    const stack = Object.values(manifest.artifacts).find(({ type }) => type === 'aws:cloudformation:stack');
    return read(stack?.properties.templateFile ?? '');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The construct library that this checkout is developed with: the newest one that is supported. */
export const NEWEST_CDK = 'aws-cdk-lib@2.275.0';

/** The oldest one that is supported: the first that knows the runtime nodejs24.x. */
export const OLDEST_CDK = 'aws-cdk-lib@2.224.0';
