/** A scope that is wider than it may have to be, and what would be narrower. */
export interface BroadScope {
  readonly scope: string;
  /** e.g. `ZohoCRM.modules.READ`; which of them are needed is for the owner of the consumers to say. */
  readonly narrower: readonly string[];
}

/**
 * The broad ones among the granted scopes. Zoho's grammar is service.scope.OPERATION, in which ALL stands for every operation
 * that the scope has: whatever ends in it is broad, unless Zoho documents nothing narrower. Where declared scopes are part of
 * a broad one, more was granted than consumers are said to rely on, and those are what is narrower.
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
 * What is narrower than a scope, where it is not the same with READ, CREATE, UPDATE or DELETE in the place of ALL. Nothing:
 * Zoho documents ALL alone. Names are in small letters, for Zoho compares them without regard to case.
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
