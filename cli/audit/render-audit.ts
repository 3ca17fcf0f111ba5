import type { Terminal } from '../terminal/terminal.ts';
import type { AuditReport } from './finding.ts';

const DEPLOYMENT = 'the deployment';

/** Renders an audit as text: findings by connection with their fix, then what could not be read, then the total. */
export function renderAudit(
  { connections, findings, unseen }: AuditReport,
  { colors }: Pick<Terminal, 'colors'>,
): string {
  const names = [...new Set(findings.map(({ connection }) => connection))];
  const groups = names.flatMap((name) => [
    colors.bold(name ?? DEPLOYMENT),
    ...findings
      .filter(({ connection }) => connection === name)
      .flatMap(({ rule, what, fix }) => [`  ${colors.red(rule)}: ${what}`, colors.dim(`    ${fix}`)]),
  ]);
  const count = `${connections} connection${connections === 1 ? '' : 's'}`;
  const total = findings.length === 0 ? 'No' : findings.length;
  return [
    ...groups,
    ...unseen.map(({ connection, what, missing }) =>
      colors.yellow(`${connection ?? DEPLOYMENT}: could not read ${what} (${missing})`),
    ),
    `${total} finding${findings.length === 1 ? '' : 's'} in ${count}.`,
  ].join('\n');
}
