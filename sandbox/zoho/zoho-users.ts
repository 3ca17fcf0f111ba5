/** A user of Zoho, as a product and `/oauth/user/info` know them. */
export interface ZohoUser {
  /** Identifies the user in the simulator, e.g. `owner`. */
  readonly user: string;
  readonly zuid: number;
  readonly email: string;
  readonly organization: { readonly id: string; readonly name: string };
  /** Without an account in the products of a consent: Zoho answers `no_org`. @default false */
  readonly hasNoOrganization?: boolean;
  /** The user picks a sandbox on the consent page. @default false */
  readonly picksSandbox?: boolean;
}

const OWNER: ZohoUser = {
  user: 'owner',
  zuid: 20_100_001,
  email: 'owner@example.com',
  organization: { id: '7005550', name: 'Example Corp' },
};

/** The users, and who is signed in at the browser that opens a consent page. */
export class ZohoUsers {
  readonly #users = new Map([[OWNER.user, OWNER]]);
  #signedIn = OWNER;

  signIn(user: ZohoUser): void {
    this.#users.set(user.user, user);
    this.#signedIn = user;
  }

  get signedIn(): ZohoUser {
    return this.#signedIn;
  }

  find(user: string): ZohoUser | undefined {
    return this.#users.get(user);
  }
}
