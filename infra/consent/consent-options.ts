// Written by `npm run docs` from infra/settings/consent-settings.ts: change the settings there.

/** The pages for invites. */
export interface ZohoConsentOptions {
  /**
   * Who asks for the consent, as the pages name it: your company or product.
   */
  readonly displayName: string;
  /**
   * Host name of the pages. Needs `certificateArn`, and a DNS record that points to the output
   * `ConsentDomainTarget`.
   *
   * @default - the address that API Gateway gives
   */
  readonly domainName?: string | undefined;
  /**
   * ARN of the domain's certificate in AWS Certificate Manager, in the region of the stack.
   *
   * @default - none
   */
  readonly certificateArn?: string | undefined;
  /**
   * ARNs of roles of the same account that may create and complete invites, by signed HTTP requests or by invoking
   * the function. Functions in your app: use `zoho.grantInvite(fn)`.
   *
   * @default - none
   */
  readonly callerRoles?: readonly string[];
  /**
   * Where platforms may send their customers back to: the beginnings of the return URLs of invites. The origin has
   * to be the same, and the path has to begin with this one.
   *
   * @default - none
   */
  readonly returnUrls?: readonly string[];
  /**
   * Path of an SVG or PNG file of at most 64 KB that the pages show, relative to the directory in which `cdk`
   * runs.
   *
   * @default - none
   */
  readonly logo?: string | undefined;
  /**
   * Hours for which an invite can be used, if it does not say otherwise. From 1 to 168.
   *
   * @default 72
   */
  readonly inviteHours?: number;
  /**
   * When an operator has to confirm a consent before its credentials are used: `always`, `never`, or if the
   * account is not the expected one (`mismatch`). With `never`, a mismatch fails and is revoked.
   *
   * @default 'mismatch'
   */
  readonly confirm?: 'never' | 'mismatch' | 'always';
  /**
   * Requests per second that API Gateway lets through to each route. From 1 to 1000.
   *
   * @default 10
   */
  readonly requestsPerSecond?: number;
  /**
   * Executions of the public function at the same time, at most. From 0 to 1000; with 0 none are reserved, so
   * there is no limit of its own. An account with a limit of 10 executions, as new accounts have, cannot reserve
   * any: use 0, or request a higher limit.
   *
   * @default 5
   */
  readonly reservedConcurrency?: number;
  /**
   * Whether the events `Zoho Consent` contain the e-mail address of the person who consented.
   *
   * @default false
   */
  readonly eventEmail?: boolean;
}
