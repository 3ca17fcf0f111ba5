import { Option } from 'commander';
import { isScope, parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { UsageError } from '../cli-error.ts';

/** The option `--scope`. `--scope A,B --scope C` is one list of three. */
export function scopeOption(description: string): Option {
  return new Option('--scope <scopes>', `${description} (comma-separated, or repeated)`)
    .argParser(collectScopes)
    .default([], 'none');
}

/** Appends the scopes of one option to those of earlier ones. Throws {@link UsageError}, without the value. */
export function collectScopes(text: string, before: readonly string[] | undefined): readonly string[] {
  const wrong = parseScopes(text).findIndex((scope) => !isScope(scope));
  if (wrong >= 0) {
    throw new UsageError(
      `Scope ${wrong + 1} of --scope or --add-scope is not a scope of Zoho (value omitted).`,
      'A scope looks like ZohoCRM.modules.ALL. Separate scopes by commas.',
    );
  }
  return [...(before ?? []), ...parseScopes(text)];
}
