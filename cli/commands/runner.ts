import type { Command } from 'commander';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';

/** Turns what a command does into a commander action: opens a session for the deployment that the options name. */
export type Runner = <Arguments extends unknown[]>(
  action: (session: Session, ...args: Arguments) => Promise<ExitCode>,
) => (...all: [...Arguments, Command]) => Promise<void>;
