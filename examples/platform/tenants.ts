/** A customer of the platform. Yours are in a database. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
}

/** A person who works for a customer. */
export interface User {
  /** Never changes, and is never given to someone else: invites are completed for it. */
  readonly id: string;
  readonly name: string;
  readonly tenant: Tenant;
}

const northwind: Tenant = { id: 'northwind', name: 'Northwind Traders' };
const fabrikam: Tenant = { id: 'fabrikam', name: 'Fabrikam' };

export const USERS: readonly User[] = [
  { id: 'user-1', name: 'Nancy', tenant: northwind },
  { id: 'user-2', name: 'Frank', tenant: fabrikam },
];
