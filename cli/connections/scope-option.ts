import { Option } from 'commander';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';

/** `--scope A,B --scope C`: one list. */
export function scopeOption(description: string): Option {
  return new Option('--scope <scopes>', `${description} (comma-separated, or repeated)`)
    .argParser(collectScopes)
    .default([], 'none');
}

/** Adds the scopes of one more option to those of the ones before. */
export function collectScopes(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...parseScopes(text)];
}
