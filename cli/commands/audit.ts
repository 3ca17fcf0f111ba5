import type { Command } from 'commander';
import type { Runner } from '../program.ts';

export function addAudit(_program: Command, _run: Runner): void {}
