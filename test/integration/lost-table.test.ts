import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { MINUTE_MS, startDeployment } from '../support/sandbox.ts';

const NAMES = Array.from({ length: 7 }, (_, index) => `crm-${index}`);

it('a lost table is four tickets, which say how many rows were lost, and the rest only in the log', async () => {
  const declared = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;
  const connections = Object.fromEntries(NAMES.map((name) => [name, declared]));
  const deployment = await startDeployment({ connections });
  const { messages } = deployment.aws.sns;
  for (const name of NAMES) deployment.authorize(name);
  await deployment.tick();

  for (const connection of NAMES) {
    const Key = { connection: { S: connection } };
    const loss = new DeleteItemCommand({ TableName: deployment.aws.tableName, Key });
    await deployment.dependencies.aws.dynamoDb.send(loss);
  }
  await deployment.runMinutes(65);

  const begun = messages.filter(({ attributes }) => attributes.state === 'begun');
  expect(begun.map(({ attributes }) => attributes.problem)).toEqual(Array(4).fill('row-lost'));
  for (const { message } of begun)
    expect(message).toMatch(
      /In the last hour: 7 rows \((crm-\d, ){3}crm-\d and 3 more\)\. The table was probably lost or restored/,
    );
  expect(messages.filter(({ attributes }) => attributes.state === 'over')).toHaveLength(4);
  const logged = deployment.log.lines.filter((line) => line.includes('lost row registered again'));
  expect(logged).toHaveLength(7);
  for (const name of NAMES)
    expect((await deployment.readConnection(name)).token?.expiresAtMs).toBeGreaterThan(
      deployment.clock.now() + MINUTE_MS,
    );
  await deployment.close();
});
