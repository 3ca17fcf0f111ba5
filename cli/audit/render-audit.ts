import type { Terminal } from '../terminal/terminal.ts';
import type { AuditReport } from './finding.ts';

/** An audit for a person: by connection what was found and what to do, then what could not be seen. */
export function renderAudit(
  { connections, findings, unseen }: AuditReport,
  { colors }: Pick<Terminal, 'colors'>,
): string {
  const names = [...new Set(findings.map(({ connection }) => connection))];
  const groups = names.flatMap((name) => [
    colors.bold(name),
    ...findings
      .filter(({ connection }) => connection === name)
      .flatMap(({ rule, what, fix }) => [`  ${colors.red(rule)}: ${what}`, colors.dim(`    ${fix}`)]),
  ]);
  const count = `${connections} connection${connections === 1 ? '' : 's'}`;
  return [
    ...groups,
    ...unseen.map(({ connection, what, missing }) =>
      colors.yellow(`could not see ${what}, of ${connection} (${missing})`),
    ),
    findings.length === 0
      ? `nothing found in ${count}`
      : `${findings.length} finding${findings.length === 1 ? '' : 's'} in ${count}`,
  ].join('\n');
}
