import type { Node } from 'constructs';
import { nearestName } from '../../lambdas/core/nearest-name.ts';
import { type AppSettings, appSettingsSchema } from './app-settings.ts';
import { CONFIG_CONTEXT_KEY, listConfigurationFiles, readConfigurationFile } from './configuration-file.ts';
import { parseJson } from './parse-json.ts';
import { checkSettings } from './parse-settings.ts';
import { InvalidSettingsError } from './problems.ts';

/** The context key of `cdk.json` that holds the configuration. */
export const SETTINGS_CONTEXT_KEY = 'zohoTokenRefresher';

/** The account and region of the credentials, which the command `cdk` passes to the app if there are any. */
export interface CurrentEnvironment {
  readonly CDK_DEFAULT_ACCOUNT?: string | undefined;
  readonly CDK_DEFAULT_REGION?: string | undefined;
}

/**
 * The configuration from `-c config=prod.json`, from `cdk.json`, or from `-c zohoTokenRefresher='{…}'`; without any, every
 * default. Throws {@link InvalidSettingsError} with every problem, including misspelt context keys and credentials of another
 * account or region than the configuration is for.
 */
export function readSettings(
  node: Node,
  current: CurrentEnvironment = process.env,
  files: () => readonly string[] = listConfigurationFiles,
): AppSettings {
  const misspelt = Object.keys(node.getAllContext()).filter(isMisspelt).map(describeMisspelt);
  const given = readContext(node, files);
  const checked =
    'problem' in given ? { problems: [given.problem] } : checkSettings(given.value, appSettingsSchema);
  const problems = [
    ...misspelt,
    ...('problems' in checked ? checked.problems : environmentProblems(checked.settings, current)),
  ];
  if ('problems' in checked || problems.length > 0) throw new InvalidSettingsError(problems);
  return checked.settings;
}

function readContext(node: Node, files: () => readonly string[]): { value: unknown } | { problem: string } {
  const file: unknown = node.tryGetContext(CONFIG_CONTEXT_KEY);
  const given: unknown = node.tryGetContext(SETTINGS_CONTEXT_KEY);
  if (file === undefined && given === undefined) return withoutConfiguration(files());
  if (file === undefined) return parseContext(given);
  if (given === undefined) return readConfigurationFile(file);
  return {
    problem: `${CONFIG_CONTEXT_KEY}: cannot be used together with ${SETTINGS_CONTEXT_KEY}, which is in cdk.json or on the command line. Move that configuration to a file in config/.`,
  };
}

/** Every default. If there is a configuration file, it was not named with -c: deployed without it, all declared connections would be removed. */
function withoutConfiguration([first, ...others]: readonly string[]):
  | { value: unknown }
  | { problem: string } {
  if (first === undefined) return { value: {} };
  const found = [first, ...others].map((name) => `config/${name}`).join(', ');
  return {
    problem: `${CONFIG_CONTEXT_KEY}: no configuration is chosen, and there is ${found}. Choose one: -c ${CONFIG_CONTEXT_KEY}=${first}. For a deployment with every default: -c ${SETTINGS_CONTEXT_KEY}='{}'.`,
  };
}

/** An object from `cdk.json`, JSON from the command line, or nothing. */
function parseContext(given: unknown): { value: unknown } | { problem: string } {
  if (typeof given !== 'string') return { value: given ?? {} };
  const json = parseJson(given);
  return 'reason' in json
    ? { problem: `${SETTINGS_CONTEXT_KEY}: is not JSON (${json.reason}). Allowed: ${EXAMPLES}.` }
    : json;
}

const EXAMPLES = `an object in cdk.json, or JSON in single quotes: -c ${SETTINGS_CONTEXT_KEY}='{"secretPrefix":"zoho"}'`;

/** Without credentials there is nothing to compare: `cdk deploy` needs some, and runs the app again. */
function environmentProblems(
  { account, region }: AppSettings,
  { CDK_DEFAULT_ACCOUNT: currentAccount, CDK_DEFAULT_REGION: currentRegion }: CurrentEnvironment,
): string[] {
  // Without credentials, the command passes us-east-1.
  if (!currentAccount) return [];
  const differ = (wanted: string | undefined, actual: string | undefined) =>
    wanted !== undefined && actual !== undefined && actual !== '' && wanted !== actual;
  return [
    ...(differ(account, currentAccount)
      ? [
          `account: the configuration is for ${account}, the current credentials are of ${currentAccount}. Use credentials of ${account} (--profile), or another configuration file.`,
        ]
      : []),
    ...(differ(region, currentRegion)
      ? [
          `region: the configuration is for ${region}, the current region is ${currentRegion}. Set AWS_REGION=${region} (or the region of the --profile), or use another configuration file.`,
        ]
      : []),
  ];
}

const CONTEXT_KEYS = [SETTINGS_CONTEXT_KEY, CONFIG_CONTEXT_KEY];

function isMisspelt(key: string): boolean {
  return !CONTEXT_KEYS.includes(key) && nearestName(key, CONTEXT_KEYS) !== undefined;
}

function describeMisspelt(key: string): string {
  return `${key}: is not a known context key. Did you mean "${nearestName(key, CONTEXT_KEYS)}"?`;
}
