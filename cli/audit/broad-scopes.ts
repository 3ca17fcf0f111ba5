/** A scope that may be broader than necessary, with narrower alternatives. */
export interface BroadScope {
  readonly scope: string;
  /** Examples, e.g. `ZohoCRM.modules.READ`. Only the owner of the consumers knows which of them are needed. */
  readonly narrower: readonly string[];
}

/**
 * Finds the broad scopes among the granted ones. A scope has the form service.scope.OPERATION, where ALL means every operation.
 * A scope that ends in ALL is broad, unless Zoho documents no narrower one. If declared scopes are covered by a broad scope,
 * those are its narrower alternatives.
 *
 * Source: https://www.zoho.com/accounts/protocol/oauth/scope.html
 */
export function findBroadScopes(
  granted: readonly string[],
  declared: readonly string[],
): readonly BroadScope[] {
  return granted
    .filter((scope) => /\.all$/i.test(scope))
    .map((scope) => {
      const parts = declared.filter((other) => covers(scope, other));
      return { scope, narrower: parts.length > 0 ? parts : narrowerThan(scope) };
    })
    .filter(({ narrower }) => narrower.length > 0);
}

/**
 * Narrower alternatives that are not simply READ, CREATE, UPDATE or DELETE instead of ALL. An empty list: Zoho documents only
 * ALL. Keys are in lower case, because Zoho's scopes are case-insensitive.
 */
const NARROWER: Readonly<Record<string, { readonly scopes: readonly string[]; readonly source: string }>> = {
  'zohocrm.modules.all': {
    scopes: ['ZohoCRM.modules.READ', 'ZohoCRM.modules.leads.ALL', 'ZohoCRM.modules.leads.READ'],
    source: 'https://www.zoho.com/crm/developer/docs/api/v8/scopes.html',
  },
  'zohocrm.fullaccess.all': {
    scopes: ['ZohoCRM.modules.READ', 'ZohoCRM.settings.READ'],
    source: 'https://www.zoho.com/accounts/protocol/oauth/scope.html',
  },
  'zohocrm.bulk.all': {
    scopes: ['ZohoCRM.bulk.READ', 'ZohoCRM.bulk.CREATE'],
    source: 'https://www.zoho.com/crm/developer/docs/api/v8/scopes.html',
  },
  'zohobooks.fullaccess.all': {
    scopes: ['ZohoBooks.contacts.READ', 'ZohoBooks.purchaseorders.UPDATE'],
    source: 'https://www.zoho.com/accounts/protocol/oauth/scope.html',
  },
  'zohopeople.employee.all': { scopes: [], source: 'https://www.zoho.com/people/api/scopes.html' },
};

const OPERATIONS = ['READ', 'CREATE', 'UPDATE', 'DELETE'];

const WHOLE_SERVICE = /\.fullaccess\.all$/i;

function narrowerThan(scope: string): readonly string[] {
  const key = scope.toLowerCase();
  const known = Object.hasOwn(NARROWER, key) ? NARROWER[key] : undefined;
  if (known !== undefined) return known.scopes;
  return WHOLE_SERVICE.test(scope)
    ? [scope.replace(/fullaccess\.all$/i, 'MODULE.READ')]
    : OPERATIONS.map((operation) => scope.replace(/all$/i, operation));
}

/** `ZohoCRM.modules.ALL` covers `ZohoCRM.modules.READ` and `ZohoCRM.modules.leads.READ`; not itself. */
function covers(broad: string, other: string): boolean {
  const stem = broad.replace(WHOLE_SERVICE.test(broad) ? /fullaccess\.all$/i : /all$/i, '').toLowerCase();
  const name = other.toLowerCase();
  return name.startsWith(stem) && name !== broad.toLowerCase();
}
