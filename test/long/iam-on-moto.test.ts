import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checksOf } from '../contracts/moto-differs.ts';
import { refresherFacts } from '../contracts/refresher.ts';
import { CONNECTION, RefresherOnAws } from '../contracts/refresher-on-aws.ts';
import { createStack, TWO_CONNECTIONS } from '../infra/synthesize.ts';
import { startMoto } from '../support/moto.ts';
import { MotoAccount } from '../support/moto-account.ts';
import { aliasPlaces, MotoPermissions } from '../support/moto-permissions.ts';
import { OPERATOR_COMMANDS } from '../support/operator-policy.ts';

const CREDENTIALS = 'zoho/crm-prod/credentials';
const TOKEN = 'zoho/crm-prod/access-token';
const OTHER_TOKEN = 'zoho/desk-test/access-token';
const NEITHER = 'zoho/crm-prod/notes';
const ELSEWHERE = 'payroll/crm-prod/credentials';
const ADDRESS = '/zoho-token-refresher/zoho';
const TABLE = 'the table';
const REFRESHER = 'the refresher';
/** Aliases of the refresher, one for each kind of caller. */
const SCHEDULE = 'alias schedule';
const CONSUMERS = 'alias consumers';
const OPERATORS = 'alias operators';

const moto = await startMoto();
const onMoto = describe.skipIf(moto === undefined);

let account: MotoAccount;
const permissions = new MotoPermissions(
  () => account,
  () => ({
    [TABLE]: { name: account.tableName, arn: account.arnOf('AWS::DynamoDB::Table') },
    [REFRESHER]: { name: account.functionName, arn: account.arnOf('AWS::Lambda::Function') },
    ...aliasPlaces(account.arnOf('AWS::Lambda::Function'), {
      [SCHEDULE]: 'schedule',
      [CONSUMERS]: 'consumers',
      [OPERATORS]: 'operators',
    }),
  }),
);
const may = permissions.may.bind(permissions);
const mayNot = permissions.mayNot.bind(permissions);
const isDenied = permissions.isDenied.bind(permissions);
const couldNotDecrypt = permissions.couldNotDecrypt.bind(permissions);

beforeAll(async () => {
  if (moto === undefined) return;
  account = await MotoAccount.create(moto, synthesizeWithConsumer());
  await permissions.administer('create', NEITHER);
  await permissions.administer('create', ELSEWHERE);
});
afterAll(() => {
  permissions.destroy();
  moto?.stop();
});

onMoto('the refresher, with nothing but its role', () => {
  let refresher: RefresherOnAws;
  afterEach(() => refresher.close());
  afterAll(() => account.renew(CONNECTION, { isAuthorized: true }));

  for (const [fact, check] of checksOf(refresherFacts, { onMoto: true })) {
    it(fact, async () => {
      await account.renew(CONNECTION);
      refresher = await RefresherOnAws.start(() => Promise.resolve(account));

      await check(refresher);
    });
  }
});

onMoto("the refresher's role", () => {
  mayNot('refresher', 'read', ELSEWHERE);
  mayNot('refresher', 'read', NEITHER);
  mayNot('refresher', 'write', CREDENTIALS);
  isDenied('refresher', 'read', 'zoho/not-authorized/credentials');
  isDenied('refresher', 'read', 'zoho/not-deployed/access-token');
  mayNot('refresher', 'create', 'zoho/one-more/credentials');
  for (const secret of [CREDENTIALS, TOKEN]) {
    mayNot('refresher', 'delete', secret);
    mayNot('refresher', 'reconfigure', secret);
    mayNot('refresher', 'open to others', secret);
  }
  mayNot('refresher', 'delete a row of', TABLE);
  mayNot('refresher', 'scan', TABLE);
});

onMoto('a consumer with grantRead and grantRequestRefresh', () => {
  may('consumer', 'read', TOKEN);
  may('consumer', 'invoke', CONSUMERS);

  for (const other of [REFRESHER, SCHEDULE, OPERATORS]) mayNot('consumer', 'invoke', other);
  mayNot('consumer', 'read', CREDENTIALS);
  mayNot('consumer', 'read', OTHER_TOKEN);
  mayNot('consumer', 'write', TOKEN);
  mayNot('consumer', 'delete', TOKEN);
  mayNot('consumer', 'read a row of', TABLE);
  mayNot('consumer', 'read the configuration of', REFRESHER);

  couldNotDecrypt('consumer', CREDENTIALS);
  couldNotDecrypt('consumer', OTHER_TOKEN);
});

onMoto('an operator with the documented policy', () => {
  const targets: Readonly<Record<string, string>> = {
    restore: CREDENTIALS,
    'read the parameter': `${ADDRESS}/table`,
    'read the configuration of': REFRESHER,
  };
  // moto cannot check the commands without an act: it names no resource of CloudFormation, the logs and the scheduler.
  for (const { act } of Object.values(OPERATOR_COMMANDS)) {
    if (act !== undefined) may('operator', act, targets[act] ?? TABLE);
  }

  for (const secret of [CREDENTIALS, TOKEN]) {
    may('operator', 'read', secret);
    may('operator', 'describe', secret);
    may('operator', 'tag', secret);
    may('operator', 'reconfigure', secret);
    mayNot('operator', 'open to others', secret);
  }
  it('learns from a description that a secret does not exist', async () => {
    expect(await permissions.attempt('operator', 'describe', 'zoho/not-authorized/credentials')).toMatch(
      /^ResourceNotFoundException: /,
    );
  });
  may('operator', 'list', 'all secrets');
  may('operator', 'read the policy of', CREDENTIALS);
  may('operator', 'create', 'zoho/run-time/credentials');
  may('operator', 'delete', 'zoho/run-time/credentials');
  may('operator', 'write', CREDENTIALS);
  may('operator', 'read the concurrency of', REFRESHER);
  may('operator', 'invoke', OPERATORS);
  for (const other of [REFRESHER, SCHEDULE, CONSUMERS]) mayNot('operator', 'invoke', other);
  may('operator', 'scan', TABLE);
  may('operator', 'read a row of', TABLE);
  may('operator', 'put a row into', TABLE);
  may('operator', 'change a row of', TABLE);

  for (const path of ['/zoho-token-refresher', ADDRESS]) may('operator', 'list the parameters below', path);
  mayNot('operator', 'list the parameters below', '/payroll');
  mayNot('operator', 'read the parameter', '/payroll/key');
  mayNot('operator', 'put the parameter', `${ADDRESS}/table`);

  mayNot('operator', 'write', TOKEN);
  mayNot('operator', 'read', NEITHER);
  for (const act of ['read', 'write', 'describe', 'delete'] as const) mayNot('operator', act, ELSEWHERE);
  mayNot('operator', 'create', 'payroll/another/credentials');
  mayNot('operator', 'delete a row of', TABLE);
});

function synthesizeWithConsumer(): Template {
  const stack = createStack({ connections: TWO_CONNECTIONS });
  const role = new Role(stack, 'Consumer', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  stack.zoho.connection('crm-prod').grantRead(role);
  stack.zoho.connection('crm-prod').grantRequestRefresh(role);
  return Template.fromStack(stack);
}
