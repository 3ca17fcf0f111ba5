import type { Command } from 'commander';
import { describeNextSteps } from '../init/next-steps.ts';
import { appIn } from '../init/project.ts';
import { writeApp } from '../init/write-app.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `init [FOLDER]`: writes a minimal CDK app. It works on a folder, not on a deployment, so it needs no session. */
export function addInit(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .description('write a minimal CDK app with one connection')
    .argument('[folder]', 'folder of the app, in which this package is installed', '.')
    .addHelpText(
      'after',
      `
An ES module in TypeScript if tsx is installed in the folder, CommonJS in TypeScript if ts-node is, otherwise JavaScript.
Existing files are never overwritten.

Example:
  zoho-tokens init`,
    )
    .action((folder: string) => {
      const app = appIn(folder);
      for (const file of writeApp(folder, app)) terminal.print(`created: ${file}`);
      terminal.info(describeNextSteps(folder));
    });
}
