/** Zoho separates scopes by commas in requests and by commas or spaces in answers. */
export function parseScopes(scope: string): string[] {
  return [...new Set(scope.split(/[\s,]+/).filter((part) => part !== ''))];
}

/** The form in which scopes are stored and published: comma-separated, in the order given. */
export function formatScopes(scopes: readonly string[]): string {
  return scopes.join(',');
}

/** Declared scopes that were not granted. Zoho's scope names are case-insensitive. */
export function missingScopes(declared: readonly string[], granted: string): string[] {
  const have = new Set(parseScopes(granted).map((scope) => scope.toLowerCase()));
  return declared.filter((scope) => !have.has(scope.toLowerCase()));
}
