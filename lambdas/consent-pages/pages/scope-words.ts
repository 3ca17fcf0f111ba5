/** A scope of Zoho in the words of an administrator. */
export interface ScopeWords {
  /** Title of the product, e.g. `Zoho CRM`. */
  readonly product: string;
  /** What may be done, e.g. `Read leads`. */
  readonly words: string;
}

/** Names that do not follow from the first part of the scope. Source: the OAuth chapter of each product's API documentation. */
const PRODUCTS: Readonly<Record<string, string>> = {
  aaaserver: 'Your Zoho profile',
  desk: 'Zoho Desk',
  email: 'Your Zoho profile',
  salesiq: 'Zoho SalesIQ',
  workdrive: 'Zoho WorkDrive',
  zohobigin: 'Bigin by Zoho CRM',
  zohocrm: 'Zoho CRM',
  zohofsm: 'Zoho FSM',
  zohosubscriptions: 'Zoho Billing (Subscriptions)',
};

const OPERATIONS: Readonly<Record<string, string>> = {
  all: 'Read, create, change and delete',
  create: 'Create',
  delete: 'Delete',
  read: 'Read',
  update: 'Change',
  write: 'Create and change',
};

/** What the parts between product and operation mean, where the bare name does not say it. */
const OBJECTS: Readonly<Record<string, string>> = {
  'aaaserver.profile': 'your name and email address',
  'zohocrm.bulk': 'many records at once, in every module',
  'zohocrm.coql': 'records that match a query, in every module',
  'zohocrm.modules': 'records of every module',
  'zohocrm.notifications': 'notifications about changed records',
  'zohocrm.org': 'the details of your organization',
  'zohocrm.settings': 'settings, such as fields and layouts',
  'zohocrm.users': 'the users of your organization',
};

/**
 * Describes a scope such as `ZohoCRM.modules.leads.READ`: product, object and operation. The technical name is shown beside the words,
 * because Zoho's consent page and documentation have it.
 */
export function describeScope(scope: string): ScopeWords {
  const parts = scope.split('.');
  const [service = scope] = parts;
  const product = productOf(service);
  const operation = OPERATIONS[(parts.at(-1) ?? '').toLowerCase()];
  if (parts.length === 1 || operation === undefined) return { product, words: wordsOf(scope, parts) };
  const objects = parts.slice(1, -1);
  if (objects.join('.').toLowerCase() === 'fullaccess') return { product, words: 'Everything: full access' };
  if (objects.length === 0) return { product, words: `${operation} everything` };
  return { product, words: `${operation} ${objectOf(service, objects)}` };
}

function objectOf(service: string, objects: readonly string[]): string {
  const known = OBJECTS[[service, ...objects].join('.').toLowerCase()];
  if (known !== undefined) return known;
  // ZohoCRM.modules.leads, ZohoCRM.settings.fields: the last part says which.
  const [group = '', ...rest] = objects.map(spaced);
  if (rest.length === 0) return group;
  return group === 'modules'
    ? `records of the module ${capitalized(rest.join(', '))}`
    : `${group}: ${rest.join(', ')}`;
}

function wordsOf(scope: string, parts: readonly string[]): string {
  if (scope.toLowerCase() === 'email') return 'Read your email address';
  return parts.length === 1 ? 'Access' : `Access to ${parts.slice(1).map(spaced).join(', ')}`;
}

/** The title of a product by the first part of its scopes. */
export function productOf(service: string): string {
  const known = PRODUCTS[service.toLowerCase()];
  if (known !== undefined) return known;
  const own = /^zoho[_-]?(\w+)$/i.exec(service)?.[1];
  return own === undefined ? service : `Zoho ${capitalized(own)}`;
}

/** `custom_module_3` and `customModule` in words. */
function spaced(name: string): string {
  return name
    .replace(/[_-]+/g, ' ')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
