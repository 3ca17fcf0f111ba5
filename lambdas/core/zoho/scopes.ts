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

/** Letters, digits, `_` and `-`, in parts that are separated by dots. 42 hexadecimal digits are a misplaced client secret. */
const SCOPE_PATTERN = /^(?![0-9a-f]{42}$)(?=.{1,200}$)[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

/** Whether this looks like a scope of Zoho, e.g. `ZohoCRM.modules.ALL` or `email`. */
export function isScope(text: string): boolean {
  return SCOPE_PATTERN.test(text);
}
