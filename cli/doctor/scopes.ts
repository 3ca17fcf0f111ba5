import type { ConnectionSpec } from '../../lambdas/core/secrets/secret-tags.ts';
import { formatScopes, missingScopes } from '../../lambdas/core/zoho/scopes.ts';
import type { ReadResult } from '../aws/try-read.ts';
import { type Finding, fail, pass, unavailable, unknown } from './finding.ts';

/** Whether the granted scopes include all scopes that consumers rely on. `granted` is undefined when not recorded. */
export function judgeScopes(
  name: string,
  spec: ReadResult<ConnectionSpec>,
  granted: string | undefined,
): Finding {
  if (granted === undefined)
    return unknown(
      'the granted scopes are not recorded yet',
      `The next successful refresh records them. Run: zoho-tokens refresh ${name}`,
    );
  if (spec.kind === 'unavailable') return unavailable('the declared scopes', spec.error);
  const { scopes } = spec.value;
  if (scopes.length === 0) return pass(`none declared; granted: ${granted}`);
  const missing = missingScopes(scopes, granted);
  return missing.length === 0
    ? pass(`all declared scopes are granted: ${formatScopes(scopes)}`)
    : fail(
        `not granted: ${formatScopes(missing)}; granted: ${granted}`,
        `Run: zoho-tokens authorize ${name} --add-scope ${formatScopes(missing)}`,
      );
}
