import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { afterAll, beforeAll, describe } from 'vitest';
import { testEveryStore } from '../contracts/stores/every-store.ts';
import { StoresOnAws } from '../contracts/stores/stores-on-aws.ts';
import { createStack, TWO_CONNECTIONS } from '../infra/synthesize.ts';
import { startMoto } from '../support/moto.ts';
import { MotoAccount } from '../support/moto-account.ts';
import { startFaultsBefore } from '../support/moto-faults.ts';

const moto = await startMoto();

let account: MotoAccount;
let stores: StoresOnAws;

beforeAll(async () => {
  if (moto === undefined) return;
  account = await MotoAccount.create(moto, synthesizeFleet());
  const services = {
    dynamodb: await startFaultsBefore(moto.endpoint, 'dynamodb'),
    secretsmanager: await startFaultsBefore(moto.endpoint, 'secretsmanager'),
  };
  const endpoints: Readonly<Record<string, { readonly endpoint: string }>> = services;
  stores = new StoresOnAws({
    keyArn: account.keyArn,
    tokensTable: account.nameOf('AWS::DynamoDB::Table', 'ZohoTokens'),
    credentialsTable: account.nameOf('AWS::DynamoDB::Table', 'ZohoCredentials'),
    configOf: (principal, service) => {
      const config = account.configOf(principal);
      return { ...config, endpoint: endpoints[service]?.endpoint ?? config.endpoint };
    },
    faults: { dynamoDb: services.dynamodb.faults, secretsManager: services.secretsmanager.faults },
    close: async () => {
      await Promise.all(Object.values(services).map((service) => service.close()));
    },
  });
});
afterAll(async () => {
  await stores?.close();
  moto?.stop();
});

describe.skipIf(moto === undefined)('everyone with nothing but their role', () => {
  testEveryStore(() => stores, { onMoto: true });
});

function synthesizeFleet(): Template {
  const stack = createStack({
    connections: TWO_CONNECTIONS,
    connectedStore: 'dynamodb',
    acceptRotatedRefreshTokens: true,
  });
  const role = new Role(stack, 'Consumer', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  stack.zoho.allConnections.grantRead(role);
  return Template.fromStack(stack);
}
