import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';

/** What a connection should be, from its declaration or from the tags of its credentials secret. */
export interface ConnectionSpec {
  /** Where its Zoho account should be; undefined when not specified. */
  readonly dataCenter: DataCenterLocation | undefined;
  /** Scopes that consumers rely on; empty when not specified. */
  readonly scopes: readonly string[];
}
