/** Where the token and the credentials of a connection are: in Secrets Manager, or sealed in DynamoDB. */
export const SECRET_STORES = ['secrets-manager', 'dynamodb'] as const;
export type SecretStoreName = (typeof SECRET_STORES)[number];

/** What a connection of the second store should be. In Secrets Manager, the tags of its secrets say it. */
export interface Intent {
  /** Where its Zoho account should be; undefined when not specified. */
  readonly dataCenter: string | undefined;
  /** Scopes that consumers rely on; empty when not specified. */
  readonly scopes: readonly string[];
}
