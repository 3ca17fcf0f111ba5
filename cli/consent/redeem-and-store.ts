import type { Grant } from '../../lambdas/core/consent/grant.ts';
import type { Runtime } from '../runtime.ts';

/** Stores a grant in the credentials secret. */
export type StoreGrant = (grant: Grant) => Promise<void>;

/**
 * Gets a grant from Zoho and stores it, even if Ctrl-C is pressed meanwhile: a code can be exchanged only once, so its result
 * would be lost. This takes seconds, because every call in it has a timeout.
 */
export async function redeemAndStore(
  { onInterrupt, terminal }: Runtime,
  redeem: () => Promise<Grant>,
  store: StoreGrant,
): Promise<Grant> {
  const release = onInterrupt(() =>
    terminal.info('Storing the new credentials. This takes a few seconds and is not interrupted.'),
  );
  try {
    const grant = await redeem();
    await store(grant);
    return grant;
  } finally {
    release();
  }
}
