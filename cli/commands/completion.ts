import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** `completion SHELL`: a script that completes commands, options and values in bash, zsh, fish and PowerShell. */
export function addCompletion(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print a completion script for your shell')
    .addHelpText(
      'after',
      `
zoho-tokens must be on your PATH (npm link) or an alias.

Example, for bash:
  source <(zoho-tokens completion bash)`,
    );
}
