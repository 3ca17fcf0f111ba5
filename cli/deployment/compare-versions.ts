import packageJson from '../../package.json' with { type: 'json' };
import type { Terminal } from '../terminal/terminal.ts';
import type { Deployment } from './deployment.ts';

/** Warns when the deployment and this program differ in more than the patch version. */
export function warnOfOtherVersion(terminal: Terminal, { secretPrefix, version }: Deployment): void {
  const [own, deployed] = [releaseOf(packageJson.version), releaseOf(version)];
  if (own === undefined || deployed === undefined || own.text === deployed.text) return;
  const advice =
    own.order < deployed.order
      ? `Install zoho-token-refresher ${version}, or deploy version ${packageJson.version} if that is what you want.`
      : `Deploy version ${packageJson.version}, or install zoho-token-refresher ${version}.`;
  terminal.info(
    terminal.infoColors.yellow(
      `warning: zoho-tokens has version ${packageJson.version}, the deployment ${secretPrefix} has version ${version}`,
    ),
  );
  terminal.info(terminal.infoColors.dim(`  ${advice}`));
}

/** Major and minor version; undefined when it is not a version. */
function releaseOf(version: string): { readonly text: string; readonly order: number } | undefined {
  const [text, major, minor] = /^(\d{1,4})\.(\d{1,4})(?=\.\d)/.exec(version) ?? [];
  return text === undefined ? undefined : { text, order: Number(major) * 10_000 + Number(minor) };
}
