import { formatScopes, missingScopes } from '../../lambdas/core/zoho/scopes.ts';
import type { Look } from '../aws/try-read.ts';
import type { Intent } from '../connections/connection-spec.ts';
import { type Finding, fail, pass, unknown, unseen } from './finding.ts';

/** Whether consumers' calls are covered by what the person consented to. `granted`: undefined when nobody said. */
export function judgeScopes(name: string, intent: Look<Intent>, granted: string | undefined): Finding {
  if (granted === undefined)
    return unknown(
      'which scopes were granted is not recorded yet',
      `zoho-tokens refresh ${name} learns it from Zoho`,
    );
  if (intent.kind === 'unseen') return unseen('what is declared', intent.error);
  const { scopes } = intent.value;
  if (scopes.length === 0) return pass(`none are declared; granted: ${granted}`);
  const missing = missingScopes(scopes, granted);
  return missing.length === 0
    ? pass(`all that are declared are granted: ${formatScopes(scopes)}`)
    : fail(
        `not granted: ${formatScopes(missing)}; granted: ${granted}`,
        `zoho-tokens authorize ${name} --add-scope ${formatScopes(missing)}`,
      );
}
