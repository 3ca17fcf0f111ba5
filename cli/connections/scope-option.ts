import { Option } from 'commander';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';

/** The option `--scope`. `--scope A,B --scope C` is one list of three. */
export function scopeOption(description: string): Option {
  return new Option('--scope <scopes>', `${description} (comma-separated, or repeated)`)
    .argParser(collectScopes)
    .default([], 'none');
}

/** Appends the scopes of one option to those of earlier ones. */
export function collectScopes(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...parseScopes(text)];
}
