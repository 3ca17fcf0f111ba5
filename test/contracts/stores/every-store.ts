import { describe, it } from 'vitest';
import { checksOf } from '../moto-differs.ts';
import type { Stores } from './contract.ts';
import { credentialsFacts } from './credentials.ts';
import { sealingFacts } from './sealing.ts';
import { tokenFacts } from './tokens.ts';

/** Declares a test for every fact of both stores. `stores` is called when they run. */
export function testEveryStore(stores: () => Stores, { onMoto = false } = {}): void {
  describe.each([
    ['Secrets Manager', () => stores().inSecretsManager],
    ['DynamoDB', () => stores().inDynamoDb],
  ] as const)('in %s', (service, open) => {
    it.each(checksOf({ ...tokenFacts, ...credentialsFacts }, { onMoto, service }))('%s', (_fact, check) =>
      check(open()),
    );
  });

  describe('sealed in DynamoDB', () => {
    it.each(checksOf(sealingFacts, { onMoto }))('%s', (_fact, check) =>
      check({ store: stores().inDynamoDb, sealer: stores().sealer }),
    );
  });
}
