import { afterAll, beforeAll, describe } from 'vitest';
import { KEY_ARN, startEmbeddedAws } from '../../sandbox/aws/embedded-aws.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { NOW_MS } from '../support/builders.ts';
import { testEveryStore } from './stores/every-store.ts';
import { simulateStores } from './stores/simulated.ts';
import { StoresOnAws } from './stores/stores-on-aws.ts';

let stores: StoresOnAws;

beforeAll(async () => {
  const aws = await startEmbeddedAws({ clock: new ManualClock(NOW_MS) });
  stores = new StoresOnAws({
    keyArn: KEY_ARN,
    tokensTable: aws.dynamoDb.tokensTableName,
    credentialsTable: aws.dynamoDb.credentialsTableName,
    configOf: (principal, service) =>
      principal === 'refresher' || principal === 'consumer'
        ? aws.functionConfig(service)
        : aws.clientConfig(service),
    faults: { dynamoDb: aws.dynamoDb.faults, secretsManager: aws.secretsManager.faults },
    close: () => aws.close(),
  });
});
afterAll(() => stores.close());

describe('over HTTP, with the real SDK', () => {
  testEveryStore(() => stores);
});

describe('in the simulation', () => {
  testEveryStore(simulateStores);
});
