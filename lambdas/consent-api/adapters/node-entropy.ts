import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Entropy } from '../../core/invites/consent-ports.ts';

export const nodeEntropy: Entropy = {
  id: () => randomBytes(16).toString('base64url'),
  secret: () => randomBytes(32).toString('base64url'),
  hash: (text) => createHash('sha256').update(text).digest('base64url'),
  isSame: (one, other) => {
    const [a, b] = [Buffer.from(one), Buffer.from(other)];
    return a.length === b.length && timingSafeEqual(a, b);
  },
};
