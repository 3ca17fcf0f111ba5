import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { addAdopt } from './commands/adopt.ts';
import { addAlarms } from './commands/alarms.ts';
import { addAudit } from './commands/audit.ts';
import { addAuthorize } from './commands/authorize.ts';
import { addCancel } from './commands/cancel.ts';
import { addClient } from './commands/client.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfirm } from './commands/confirm.ts';
import { addConnect } from './commands/connect.ts';
import { addDeleteSecrets } from './commands/delete-secrets.ts';
import { addDisconnect } from './commands/disconnect.ts';
import { addDoctor } from './commands/doctor.ts';
import { addInit } from './commands/init.ts';
import { addInvite } from './commands/invite.ts';
import { addInvites } from './commands/invites.ts';
import { addMintWithoutTable } from './commands/mint-without-table.ts';
import { addMove } from './commands/move.ts';
import { addPause } from './commands/pause.ts';
import { addRefresh } from './commands/refresh.ts';
import { addReject } from './commands/reject.ts';
import { addResume } from './commands/resume.ts';
import { addRevoke } from './commands/revoke.ts';
import type { Runner } from './commands/runner.ts';
import { addStatus } from './commands/status.ts';
import { addToken } from './commands/token.ts';
import type { ExitCode } from './exit-code.ts';
import type { Runtime } from './runtime.ts';
import { type DeploymentOptions, type Effect, openSession, type Session } from './session.ts';
import { hidePastedSecrets } from './terminal/hide-pasted-secrets.ts';

/** What the command that runs leaves behind. */
export interface ProgramResult {
  exitCode: ExitCode;
  /** Undefined in a command that works on no deployment. */
  session?: Session;
}

/** All commands of `zoho-tokens`. The command that runs writes its session and its exit code to `result`. */
export function createProgram(runtime: Runtime, result: ProgramResult): Command {
  const { terminal } = runtime;
  const program = new Command('zoho-tokens')
    .description('Authorize Zoho connections, show their status, and diagnose problems.')
    .version(packageJson.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .option('--deployment <name>', 'its secretPrefix (default: ZOHO_DEPLOYMENT, or the only one)')
    .option('--region <region>', 'AWS region (default: AWS_REGION, or the region of the profile)')
    .option('--profile <profile>', 'AWS profile (default: AWS_PROFILE)')
    .addOption(new Option('--stack <name>').argParser(refuseStack).hideHelp())
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.info(text.trimEnd()),
      outputError: (text, write) => write(hidePastedSecrets(text)),
    })
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(terminal.columns ?? 100, 100) })
    .showHelpAfterError('  Run the command with --help for its usage.')
    .exitOverride();
  const runner =
    (effect: Effect): Runner =>
    <Arguments extends unknown[]>(action: (session: Session, ...args: Arguments) => Promise<ExitCode>) =>
    async (...all: [...Arguments, Command]) => {
      const command = all.at(-1) as Command;
      const session = openSession(runtime, command.optsWithGlobals<DeploymentOptions>(), effect);
      result.session = session;
      result.exitCode = await action(session, ...(all.slice(0, -1) as Arguments));
    };
  for (const [add, effect] of COMMANDS) {
    add(program, runner(effect));
    if (effect === 'changes')
      program.commands.at(-1)?.option('--yes', 'do not ask which AWS account is meant');
  }
  addInit(program, terminal);
  addCompletion(program);
  return program.addHelpText('after', EXAMPLES);
}

/** Every command that works on a deployment, and whether it changes something there. */
const COMMANDS = [
  [addAuthorize, 'changes'],
  [addStatus, 'reads'],
  [addDoctor, 'reads'],
  [addRefresh, 'changes'],
  [addToken, 'reads'],
  [addConnect, 'changes'],
  [addDisconnect, 'changes'],
  [addPause, 'changes'],
  [addResume, 'changes'],
  [addRevoke, 'changes'],
  [addAdopt, 'changes'],
  [addAlarms, 'changes'],
  [addClient, 'changes'],
  [addMove, 'changes'],
  [addInvite, 'changes'],
  [addInvites, 'reads'],
  [addConfirm, 'changes'],
  [addReject, 'changes'],
  [addCancel, 'changes'],
  [addAudit, 'reads'],
  [addDeleteSecrets, 'changes'],
  [addMintWithoutTable, 'changes'],
] as const;

function refuseStack(): never {
  throw new InvalidArgumentError('Deployments are chosen by their secretPrefix: use --deployment.');
}

const EXAMPLES = `
Examples:
  zoho-tokens authorize crm-prod      give consent in the browser, get a token within seconds
  zoho-tokens status --watch          show every connection, every five seconds
  zoho-tokens doctor crm-prod         find out what is wrong and how to fix it

Exit codes: 0 success, 1 failure or problems found, 2 wrong usage.
Set NO_COLOR=1 to disable colors.`;
