/** What a peer needs to request tokens by itself. `zoho` knows only the name of its connection. */
export interface Authorized {
  readonly accountsUrl: string;
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly accessToken: string;
}

/** Calls Zoho's API with the token in memory, and once more with a newer one if it gets a 401. Returns the status. */
export type Caller = () => Promise<number>;
