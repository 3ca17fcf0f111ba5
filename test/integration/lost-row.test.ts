import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { type LocalDeployment, TOPICS } from '../../sandbox/deployment/local-deployment.ts';
import { MINUTE_MS, startAuthorizedDeployment } from '../support/sandbox.ts';

const TOKEN = 'zoho/crm-prod/access-token';

let deployment: LocalDeployment;
beforeEach(async () => {
  ({ deployment } = await startAuthorizedDeployment());
  for (let generation = 2; generation <= 4; generation += 1) {
    deployment.clock.advance(11 * MINUTE_MS);
    await deployment.refresh('crm-prod');
  }
});
afterEach(() => deployment.close());

const undeclared = () => deployment.compose({ config: { ...deployment.config, declaredConnections: {} } });
const ALARM = 'ALARM: Zoho crm-prod lost its row';
const subjects = () => deployment.aws.sns.messages.map(({ subject }) => subject);
const logged = (message: string) =>
  deployment.log.lines.map((line) => JSON.parse(line)).filter((line) => line.message === message);

describe('the lost row of a connection that was connected at run time', () => {
  it('is registered again with the published generation, and the log says so', async () => {
    await loseRow();

    const answer = await deployment.refresh('crm-prod', undefined, undeclared());

    expect(answer).toMatchObject({ outcome: 'refreshed', generation: 5 });
    expect(deployment.zoho.tokenCalls).toHaveLength(5);
    expect(await deployment.readConnection('crm-prod')).toMatchObject({ source: 'connected', generation: 5 });
    expect(logged('lost row registered again')).toMatchObject([
      { level: 'WARN', connection: 'crm-prod', source: 'connected', generation: 4 },
    ]);
  });

  it('answers a consumer with an older token by the published one, without a mint', async () => {
    await loseRow();

    const answer = await deployment.refresh(
      'crm-prod',
      { reason: 'unauthorized', rejectedGeneration: 3 },
      undeclared(),
    );

    expect(answer).toMatchObject({ outcome: 'already-fresh', generation: 4 });
    expect(deployment.zoho.tokenCalls).toHaveLength(4);
  });

  it('is registered by one of many callers at once, and one mints', async () => {
    await loseRow();
    const handler = undeclared();

    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        deployment.refresh('crm-prod', { reason: 'unauthorized', rejectedGeneration: 4 }, handler),
      ),
    );

    expect(answers.filter(({ outcome }) => outcome === 'refreshed')).toHaveLength(1);
    expect(deployment.zoho.tokenCalls).toHaveLength(5);
    expect(logged('lost row registered again')).toHaveLength(1);
    expect(subjects()).toEqual([ALARM]);
  });

  it('is one ticket by name, over with the next token', async () => {
    await loseRow();
    const handler = undeclared();

    await deployment.refresh('crm-prod', undefined, handler);
    expect(deployment.aws.sns.messages).toMatchObject([{ topic: TOPICS.ticket, subject: ALARM }]);
    for (let tick = 0; tick < 56; tick += 1) {
      deployment.clock.advance(MINUTE_MS);
      await deployment.tick(handler);
    }

    expect(subjects()).toEqual([ALARM, 'OK: Zoho crm-prod is registered again']);
    expect((await deployment.readConnection('crm-prod')).incidents).toEqual([]);
  });

  it('is notified by the next tick when SNS fails, although the connection has a new token', async () => {
    await loseRow();
    const allow = deployment.aws.sns.faults.deny({ operation: 'Publish' });
    const handler = undeclared();
    await deployment.refresh('crm-prod', undefined, handler);
    allow();

    deployment.clock.advance(MINUTE_MS);
    await deployment.tick(handler);

    expect(subjects()).toEqual([ALARM]);
  });

  it.each([
    ['pasted by hand', 4],
    ['{"generation":1000}', 1000],
    ['{"generation":9007199254740991}', 4],
  ])('continues above the last generation although someone wrote: %s', async (text, generation) => {
    deployment.aws.secretsManager.store.put(TOKEN, { value: secretText(text) });
    await loseRow();

    await deployment.refresh('crm-prod', undefined, undeclared());

    expect((await deployment.readConnection('crm-prod')).generation).toBe(generation + 1);
    expect(deployment.readToken('crm-prod')?.generation).toBe(generation + 1);
  });

  it('does not keep a time of the far future that was edited by hand', async () => {
    const token = { ...deployment.readToken('crm-prod'), issued_at: '2099-01-01T00:00:00Z' };
    const value = secretText(JSON.stringify({ ...token, expires_at: '2099-01-01T01:00:00Z' }));
    deployment.aws.secretsManager.store.put(TOKEN, { value });
    await loseRow();

    await deployment.refresh('crm-prod', undefined, undeclared());

    expect(deployment.readToken('crm-prod')?.issued_at).toBe(new Date(deployment.clock.now()).toISOString());
  });
});

describe('the lost row of a declared connection', () => {
  it('is registered by the tick with the published generation, so that no mint is wasted', async () => {
    await loseRow();

    await deployment.tick(deployment.compose());

    expect(deployment.zoho.tokenCalls).toHaveLength(5);
    expect(deployment.readToken('crm-prod')?.generation).toBe(5);
    expect(subjects()).toEqual([ALARM]);
  });
});

describe('a name without a token secret', () => {
  it.each([
    ['never existed', () => {}],
    ['is scheduled for deletion', () => void deployment.aws.secretsManager.store.scheduleDeletion(TOKEN)],
    ['was deleted', () => void deployment.aws.secretsManager.store.deleteNow(TOKEN)],
  ])('is unknown if it %s: two reads, and nothing is written', async (what, prepare) => {
    await loseRow();
    prepare();
    const name = what === 'never existed' ? 'crm-typo' : 'crm-prod';
    const { dynamoDb, secretsManager } = deployment.aws;
    for (const service of [dynamoDb, secretsManager]) service.resetCalls();

    const refused = deployment.refresh(name, undefined, undeclared());

    expect(await refused).toMatchObject({ outcome: 'unknown-connection', generation: 0, expires_at: null });
    const calls = [...dynamoDb.calls, ...secretsManager.calls].map(({ operation }) => operation);
    expect(calls).toEqual(['GetItem', 'GetSecretValue']);
  });

  it('is not judged while Secrets Manager or the KMS key fails', async () => {
    await loseRow();
    const allow = deployment.aws.secretsManager.denyKms(TOKEN);

    const refused = deployment.refresh('crm-prod', undefined, undeclared());

    await expect(refused).rejects.toMatchObject({ code: 'aws_kms_denied' });
    allow();
  });
});

async function loseRow(): Promise<void> {
  const { aws, dependencies } = deployment;
  const Key = { connection: { S: 'crm-prod' } };
  await dependencies.aws.dynamoDb.send(new DeleteItemCommand({ TableName: aws.tableName, Key }));
}
