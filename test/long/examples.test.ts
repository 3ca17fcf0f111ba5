import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readSnippets } from '../support/document-snippets.ts';
import { guarded } from '../support/served-snippet.ts';
import { whyNoPython } from '../support/snippet-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The examples, and what each prints. The simulated APIs have no records. */
const OUTPUT: Readonly<Record<string, RegExp>> = {
  'cdk-app': /^\[ 'crm-prod', 'desk-us' \]\n\{ leads: 0, tickets: 0 \}$/m,
  'consumer-typescript': /^\{ leads: 0 \}$/m,
  ...(whyNoPython() === undefined && { 'consumer-python': /^\{'data': \[\]\}$/m }),
};

/** The command of an example between the quotes of `npm start -- --run '...'`. */
function commandOf(example: string): string {
  const snippet = readSnippets(new URL('../../examples/README.md', import.meta.url)).get(example);
  const [, command] = /^npm start -- --run '(.+)'\n$/.exec(snippet?.code ?? '') ?? [];
  if (command === undefined) throw new Error(`examples/README.md has no command for ${example}.`);
  return command;
}

it('npm start -- --run runs the commands of examples/README.md, connects to no other machine, and exits with their code', async () => {
  const commands = [...Object.keys(OUTPUT).map(commandOf), 'echo "profile: $AWS_PROFILE."', 'exit 7'];

  // One sandbox for all of them. Each has its own in the documentation.
  const child = spawn('npm', ['start', '--', '--run', commands.join(' && ')], {
    cwd: root,
    // npm asks its registry for a newer version of itself now and then.
    env: { ...guarded({ NODE_OPTIONS: '' }), AWS_PROFILE: 'production', npm_config_update_notifier: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise((resolve) => child.on('close', resolve));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);

  for (const expected of Object.values(OUTPUT)) expect(output).toMatch(expected);
  expect(output).toContain('profile: .\n');
  expect(errors).not.toContain('LEFT THIS MACHINE');
  expect(await exited).toBe(7);
});
