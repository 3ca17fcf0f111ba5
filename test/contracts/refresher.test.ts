import { afterEach, describe, it } from 'vitest';
import { deployOnEmbeddedAws } from './deployed-aws.ts';
import { checksOf } from './moto-differs.ts';
import { refresherFacts } from './refresher.ts';
import { CONNECTION, RefresherOnAws } from './refresher-on-aws.ts';

let refresher: RefresherOnAws;
afterEach(() => refresher.close());

describe("the refresher on the sandbox's AWS", () => {
  for (const [fact, check] of checksOf(refresherFacts)) {
    it(fact, async () => {
      refresher = await RefresherOnAws.start((clock) => deployOnEmbeddedAws(clock, CONNECTION));

      await check(refresher);
    });
  }
});
