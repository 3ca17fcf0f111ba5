import { afterEach, describe, it } from 'vitest';
import { deployOnEmbeddedAws } from '../support/deployed-aws.ts';
import { CONNECTION, RefresherWorld } from '../support/refresher-world.ts';
import { refresherFacts } from './refresher.ts';

let world: RefresherWorld;
afterEach(() => world.close());

describe('the refresher, on the AWS of the sandbox', () => {
  for (const { fact, check } of refresherFacts) {
    it(fact, async () => {
      world = await RefresherWorld.start((clock) => deployOnEmbeddedAws(clock, [CONNECTION]));

      await check(world);
    });
  }
});
