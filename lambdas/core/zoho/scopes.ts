/** Zoho separates scopes by commas in requests and by commas or spaces in answers. */
export function parseScopes(scope: string): string[] {
  return [...new Set(scope.split(/[\s,]+/).filter((part) => part !== ''))];
}

/** The form in which scopes are stored and published: comma-separated, in the order given. */
export function formatScopes(scopes: readonly string[]): string {
  return scopes.join(',');
}

/** Declared scopes that no granted scope is or covers. Zoho's scope names are case-insensitive. */
export function missingScopes(declared: readonly string[], granted: string): string[] {
  const have = parseScopes(granted).map(partsOf);
  return declared.filter((scope) => !have.some((parts) => covers(parts, partsOf(scope))));
}

const OPERATIONS = ['all', 'read', 'create', 'update', 'delete'];

/**
 * True if a granted scope includes a declared one. Only what Zoho documents counts:
 * - `service.scope.ALL` covers every operation on the same scope. Source: https://www.zoho.com/accounts/protocol/oauth/scope.html
 * - `ZohoCRM.modules.ALL` is a group scope: it covers every operation on every module. Source:
 *   https://www.zoho.com/crm/developer/docs/api/v7/scopes.html
 * - `ZohoBooks.fullaccess.all` covers every scope of Zoho Books, as its name says. Confidence: medium.
 */
function covers(granted: readonly string[], declared: readonly string[]): boolean {
  const given = granted.join('.');
  if (given === declared.join('.')) return true;
  if (given === 'zohobooks.fullaccess.all') return declared[0] === 'zohobooks';
  const operation = declared.at(-1) ?? '';
  if (granted.length < 3 || granted.at(-1) !== 'all' || !OPERATIONS.includes(operation)) return false;
  const group = granted.slice(0, -1).join('.');
  const isModule = given === 'zohocrm.modules.all' && declared.length === 4;
  return group === declared.slice(0, isModule ? -2 : -1).join('.');
}

function partsOf(scope: string): readonly string[] {
  return scope.toLowerCase().split('.');
}

/** Letters, digits, `_` and `-`, in parts that are separated by dots. 42 hexadecimal digits are a misplaced client secret. */
const SCOPE_PATTERN = /^(?![0-9a-f]{42}$)(?=.{1,200}$)[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

/** Whether this looks like a scope of Zoho, e.g. `ZohoCRM.modules.ALL` or `email`. */
export function isScope(text: string): boolean {
  return SCOPE_PATTERN.test(text);
}
