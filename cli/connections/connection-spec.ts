import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';

/** What a connection is meant to be: as declared, or as the tags of its credentials secret say. */
export interface Intent {
  /** Where its account is said to live; undefined when nobody said. */
  readonly dataCenter: DataCenterLocation | undefined;
  /** Scopes that consumers rely on; empty when nobody said. */
  readonly scopes: readonly string[];
}
