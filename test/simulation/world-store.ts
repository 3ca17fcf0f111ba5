import { SECRET_STORES, type SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';

/** One world: a seed gives one in which all secrets are in Secrets Manager, and one with connections of the second store. */
export interface WorldName {
  readonly seed: number;
  readonly store: SecretStoreName;
}

/** Which worlds of each seed are run. `alternate` takes the second store for every other seed. */
export const STORE_CHOICES = [...SECRET_STORES, 'both', 'alternate'] as const;
export type StoreChoice = (typeof STORE_CHOICES)[number];

/** The worlds of a seed. */
export function worldsOf(seed: number, choice: StoreChoice): readonly WorldName[] {
  switch (choice) {
    case 'both':
      return SECRET_STORES.map((store) => ({ seed, store }));
    case 'alternate':
      return [{ seed, store: seed % 2 === 0 ? 'dynamodb' : 'secrets-manager' }];
    case 'secrets-manager':
    case 'dynamodb':
      return [{ seed, store: choice }];
  }
}

/** The options with which `npm run simulate` finds a world again. */
export function optionsFor({ seed, store }: WorldName): string {
  return `--replay ${seed} --store ${store}`;
}
