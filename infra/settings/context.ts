import type { Node } from 'constructs';
import { nearestName } from '../../lambdas/core/nearest-name.ts';
import { checkSettings } from './parse-settings.ts';
import { InvalidSettingsError } from './problems.ts';
import type { Settings } from './settings.ts';

/** The context key of `cdk.json` that holds the configuration. */
export const SETTINGS_CONTEXT_KEY = 'zohoTokenRefresher';

/**
 * The configuration from `cdk.json` or `-c zohoTokenRefresher='{…}'`; without either, every default. Throws
 * {@link InvalidSettingsError} with every problem, including misspelt context keys.
 */
export function readSettings(node: Node): Settings {
  const misspelt = Object.keys(node.getAllContext()).filter(isMisspelt).map(describeMisspelt);
  const checked = checkContext(node.tryGetContext(SETTINGS_CONTEXT_KEY));
  const problems = [...misspelt, ...('problems' in checked ? checked.problems : [])];
  if ('problems' in checked || problems.length > 0) throw new InvalidSettingsError(problems);
  return checked.settings;
}

/** An object from `cdk.json`, JSON from the command line, or nothing. */
function checkContext(given: unknown): ReturnType<typeof checkSettings> {
  if (typeof given !== 'string') return checkSettings(given ?? {});
  const json = parseJson(given);
  return 'problem' in json ? { problems: [json.problem] } : checkSettings(json.value);
}

function parseJson(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    // V8 quotes a part of the text after the reason: it may contain a secret.
    const reason =
      (error instanceof Error ? error.message : '').replace(/,? ?(?:\.{3})?".*$/s, '') || 'no JSON at all';
    return { problem: `${SETTINGS_CONTEXT_KEY}: is not JSON (${reason}). Allowed: ${EXAMPLES}.` };
  }
}

const EXAMPLES = `an object in cdk.json, or JSON in single quotes: -c ${SETTINGS_CONTEXT_KEY}='{"secretPrefix":"zoho"}'`;

function isMisspelt(key: string): boolean {
  return key !== SETTINGS_CONTEXT_KEY && nearestName(key, [SETTINGS_CONTEXT_KEY]) !== undefined;
}

function describeMisspelt(key: string): string {
  return `${key}: is not a known context key. Did you mean "${SETTINGS_CONTEXT_KEY}"?`;
}
