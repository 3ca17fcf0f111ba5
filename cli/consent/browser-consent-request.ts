import type { RequestedConsent } from './redeem-callback.ts';

/** A consent that a user gives in a browser. */
export interface BrowserConsent extends RequestedConsent {
  readonly name: string;
  readonly opensBrowser: boolean;
  /** Whether the address at which the browser ended is read from stdin. */
  readonly redirected: boolean;
}
