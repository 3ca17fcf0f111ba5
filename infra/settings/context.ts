import type { Node } from 'constructs';
import { nearestName } from '../../lambdas/core/nearest-name.ts';
import { InvalidSettingsError } from './problems.ts';
import { checkSettings, SETTINGS_CONTEXT_KEY, type Settings } from './settings.ts';

/**
 * The configuration as `cdk.json` or `-c zohoTokenRefresher='{…}'` gives it; none at all is an empty one. Throws
 * {@link InvalidSettingsError} with all faults listed, those of misspelt context keys among them.
 */
export function readSettings(node: Node): Settings {
  const strayFaults = Object.keys(node.getAllContext()).filter(isMisspelt).map(misspeltFault);
  const checked = checkContext(node.tryGetContext(SETTINGS_CONTEXT_KEY));
  const faults = [...strayFaults, ...('faults' in checked ? checked.faults : [])];
  if ('faults' in checked || faults.length > 0) throw new InvalidSettingsError(faults);
  return checked.settings;
}

/** An object from `cdk.json`, the same as JSON from the command line, or nothing. */
function checkContext(given: unknown): ReturnType<typeof checkSettings> {
  if (typeof given !== 'string') return checkSettings(given ?? {});
  const json = parseJson(given);
  return 'fault' in json ? { faults: [json.fault] } : checkSettings(json.value);
}

function parseJson(text: string): { value: unknown } | { fault: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    // V8 quotes a piece of the text behind the reason: it may be of a secret.
    const reason =
      (error instanceof Error ? error.message : '').replace(/,? ?(?:\.{3})?".*$/s, '') || 'no JSON at all';
    return { fault: `${SETTINGS_CONTEXT_KEY}: is not JSON (${reason}). Allowed: ${EXAMPLES}.` };
  }
}

const EXAMPLES = `an object in cdk.json, or JSON in single quotes: -c ${SETTINGS_CONTEXT_KEY}='{"secretPrefix":"zoho"}'`;

function isMisspelt(key: string): boolean {
  return key !== SETTINGS_CONTEXT_KEY && nearestName(key, [SETTINGS_CONTEXT_KEY]) !== undefined;
}

function misspeltFault(key: string): string {
  return `${key}: is not a known context key. Did you mean "${SETTINGS_CONTEXT_KEY}"?`;
}
