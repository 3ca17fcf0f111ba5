import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { type SecretsManagerStandIn, startSecretsManager } from '../../sandbox/aws/secrets-manager.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { checksOf } from './moto-differs.ts';
import { expectRefused, refusal, SecretUnderTest, secretsManagerContract } from './secrets-manager.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const A = 'a'.repeat(32);
const B = 'b'.repeat(32);

const START_MS = Date.parse('2026-01-01T00:00:00Z');

let clock: ManualClock;
let server: SecretsManagerStandIn;
let client: SecretsManagerClient;
let secret: SecretUnderTest;

beforeEach(async () => {
  clock = new ManualClock(START_MS);
  server = await startSecretsManager({ clock });
  client = new SecretsManagerClient({ ...clientConfigFor(server.endpoint), maxAttempts: 1 });
  secret = new SecretUnderTest(client, 'zoho/crm-prod/access-token');
});

afterEach(async () => {
  client.destroy();
  await server.close();
});

describe('the contract of Secrets Manager', () => {
  for (const [fact, check] of checksOf(secretsManagerContract)) it(fact, () => check(secret));
});

describe('a KMS key that is disabled', () => {
  const KEY = 'arn:aws:kms:eu-west-1:000000000000:key/one';
  const OTHER_KEY = 'arn:aws:kms:eu-west-1:000000000000:key/other';

  beforeEach(() => {
    server.store.create({ name: secret.name, kmsKeyId: KEY, value: secretText('one') });
    server.store.keys.disable(KEY);
  });

  it('prevents reading and writing, until it is enabled', async () => {
    await expectRefused(secret.get(), 'DecryptionFailure');
    await expectRefused(secret.put('two'), 'EncryptionFailure');

    server.store.keys.enable(KEY);
    expect(await secret.get()).toMatchObject({ SecretString: 'one' });
  });

  it('is replaced without re-encryption, silently, as AWS documents', async () => {
    await secret.update({ KmsKeyId: OTHER_KEY });

    expect(Object.values(await secret.keysOfVersions())).toEqual([[KEY]]);
    await expectRefused(secret.get(), 'DecryptionFailure');
    await secret.put('two');
    expect(await secret.get()).toMatchObject({ SecretString: 'two' });
  });

  it('does not matter once the secret is re-encrypted', async () => {
    server.store.keys.enable(KEY);
    await secret.update({ KmsKeyId: OTHER_KEY });
    server.store.keys.disable(KEY);

    expect(await secret.get()).toMatchObject({ SecretString: 'one' });
  });

  it('cannot become the key of a secret', async () => {
    server.store.keys.disable(OTHER_KEY);

    await expectRefused(secret.update({ KmsKeyId: OTHER_KEY }), 'EncryptionFailure');
  });
});

describe('time', () => {
  it('dates are those of the given clock', async () => {
    await secret.create('one', A);
    clock.advance(1_500);
    await secret.put('two', { token: B });

    const { CreatedDate } = await secret.get();
    const description = await secret.describe();

    expect(CreatedDate?.toISOString()).toBe('2026-01-01T00:00:01.500Z');
    expect(description.CreatedDate?.toISOString()).toBe('2026-01-01T00:00:00.000Z');
    expect(description.LastChangedDate?.toISOString()).toBe('2026-01-01T00:00:01.500Z');
  });

  it('a scheduled deletion happens when its recovery window has passed', async () => {
    await secret.create('one', A);
    const { DeletionDate } = await secret.delete({ RecoveryWindowInDays: 7 });
    expect(DeletionDate?.toISOString()).toBe('2026-01-08T00:00:00.000Z');

    clock.advance(7 * DAY_MS - 1);
    await expectRefused(secret.get(), 'InvalidRequestException');
    clock.advance(1);
    await expectRefused(secret.get(), 'ResourceNotFoundException');
    await expectRefused(secret.describe(), 'ResourceNotFoundException');
    expect(await secret.create('two', B)).toMatchObject({ VersionId: B });
  });

  it('of more than 100 versions the oldest without a label go, but none within a day', async () => {
    const putMany = (count: number) => {
      for (let made = 0; made < count; made += 1) {
        server.store.put(secret.name, { value: secretText(`token ${made}`) });
      }
    };
    const countVersions = () => server.store.find(secret.name)?.versions.size;
    server.store.create({ name: secret.name, value: secretText('kept by its label'), token: A });
    await secret.move('GOLDEN', { to: A });

    putMany(99);
    expect(countVersions()).toBe(100);
    putMany(20);
    expect(countVersions()).toBe(120);

    clock.advance(DAY_MS);
    putMany(1);
    expect(countVersions()).toBe(100);
    expect(await secret.get({ stage: 'GOLDEN' })).toMatchObject({ SecretString: 'kept by its label' });
    expect(await secret.get({ stage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'token 19' });
  });
});

describe('lag', () => {
  beforeEach(async () => {
    await secret.create('one', A);
    clock.advance(HOUR_MS);
    await secret.put('two', { token: B });
  });

  it('a lagging read sees an older version until the lag has passed', async () => {
    server.lagReads({ forMs: 5_000 });
    expect(await secret.get()).toMatchObject({ SecretString: 'one', VersionStages: ['AWSCURRENT'] });
    expect(await secret.describe()).toMatchObject({ VersionIdsToStages: { [A]: ['AWSCURRENT'] } });

    clock.advance(4_999);
    expect(await secret.get()).toMatchObject({ SecretString: 'one' });
    clock.advance(1);
    expect(await secret.get()).toMatchObject({ SecretString: 'two' });
  });

  it('a lagging read does not lose the older version to a newer write', async () => {
    clock.advance(1_000);
    await secret.put('three');
    server.lagReads({ forMs: 5_000 });

    expect(await secret.get()).toMatchObject({ SecretString: 'one' });
    clock.advance(4_500);
    expect(await secret.get()).toMatchObject({ SecretString: 'two' });
  });

  it('a version asked for by its id, and every write, knows the truth', async () => {
    server.lagReads({ forMs: 5_000 });

    expect(await secret.get({ versionId: B })).toMatchObject({ SecretString: 'two' });
    await expectRefused(secret.move('AWSCURRENT', { from: A, to: B }), 'InvalidParameterException');
    await secret.move('AWSCURRENT', { from: B, to: A });

    expect(server.store.currentText(secret.name)).toBe('one');
  });

  it('how much of the lag a read gets can be drawn by lot', async () => {
    const shares = [0.2, 0.9, 0.2];
    server.lagReads({ forMs: 10_000, random: () => shares.shift() ?? 0 });
    clock.advance(5_000);

    const texts = [await secret.get(), await secret.get(), await secret.get()].map((got) => got.SecretString);

    expect(texts).toEqual(['two', 'one', 'two']);
  });

  it('a secret just made is not yet there for a lagging reader', async () => {
    server.lagReads({ forMs: 5_000 });
    const other = new SecretUnderTest(client, 'zoho/new');
    await other.create('one', A);

    await expectRefused(other.get(), 'ResourceNotFoundException');
    server.catchUp();
    expect(await other.get()).toMatchObject({ SecretString: 'one' });
  });
});

describe('faults', () => {
  beforeEach(async () => {
    await secret.create('one', A);
    server.resetCalls();
  });

  it('an error strikes as often as asked, and only its operation and secret', async () => {
    server.faults.failNext({
      operation: 'GetSecretValue',
      secret: 'zoho/*/access-token',
      error: 'ThrottlingException',
      times: 2,
    });

    expect(await secret.describe()).toMatchObject({ Name: secret.name });
    await expectRefused(secret.get({ id: 'zoho/other' }), 'ResourceNotFoundException');
    expect(await refusal(secret.get())).toEqual({ name: 'ThrottlingException', message: 'Rate exceeded' });
    await expectRefused(secret.get(), 'ThrottlingException');
    expect(await secret.get()).toMatchObject({ SecretString: 'one' });
  });

  it.each([
    ['DecryptionFailure', 400],
    ['EncryptionFailure', 400],
    ['AccessDeniedException', 400],
    ['InternalServiceError', 500],
    ['ServiceUnavailable', 503],
  ] as const)('%s comes with the status %i', async (error, status) => {
    server.faults.failNext({ operation: 'GetSecretValue', error });
    await expect(secret.get()).rejects.toMatchObject({
      name: error,
      $metadata: { httpStatusCode: status },
    });
  });

  it('a dropped connection gives no answer, with or without effect', async () => {
    server.faults.dropNext({ operation: 'PutSecretValue' });
    server.faults.dropNext({ operation: 'PutSecretValue', afterEffect: true });

    await expect(secret.put('two', { token: B })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(server.store.currentText(secret.name)).toBe('one');
    await expect(secret.put('two', { token: B })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(server.store.currentText(secret.name)).toBe('two');
  });

  it('a request that hangs takes effect when it is released', async () => {
    const hold = server.faults.hangNext({ operation: 'UpdateSecretVersionStage' });
    await secret.put('two', { token: B, stages: ['CANDIDATE'] });
    const move = secret.move('AWSCURRENT', { from: A, to: B });

    await hold.reached;
    expect(server.store.currentText(secret.name)).toBe('one');
    hold.release();
    await move;

    expect(server.store.currentText(secret.name)).toBe('two');
  });

  it('a request that hangs can take effect long after its caller has given up', async () => {
    const hold = server.faults.hangNext({ operation: 'PutSecretValue' });
    const caller = new AbortController();
    const put = secret.put('two', { token: B }, caller.signal);
    await hold.reached;
    caller.abort();
    await expectRefused(put, 'AbortError');

    hold.release();
    await secret.describe();

    expect(server.store.currentText(secret.name)).toBe('two');
  });

  it('a denial lasts until it is lifted, and names the operation', async () => {
    const lift = server.faults.deny({ operation: 'PutSecretValue', secret: /access-token$/ });
    for (const text of ['two', 'three']) {
      expect(await refusal(secret.put(text))).toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining(`secretsmanager:PutSecretValue on resource: ${secret.name}`),
      });
    }

    lift();

    expect(await secret.put('four')).toMatchObject({ VersionStages: ['AWSCURRENT'] });
  });

  it('a denied key refuses what decrypts and encrypts, nothing else', async () => {
    server.denyKms('zoho/*');
    const noKms = { name: 'AccessDeniedException', message: 'Access to KMS is not allowed' };

    expect(await refusal(secret.get())).toEqual(noKms);
    expect(await refusal(secret.put('two'))).toEqual(noKms);
    expect(await secret.describe()).toMatchObject({ Name: secret.name });

    server.faults.clear();
    expect(await secret.get()).toMatchObject({ SecretString: 'one' });
  });

  it('closing does not wait for a request that hangs', async () => {
    const hold = server.faults.hangNext({ operation: 'GetSecretValue' });
    const got = refusal(secret.get());
    await hold.reached;

    await server.close();

    expect(await got).toMatchObject({ message: expect.stringMatching(/hang up|ECONNRESET|aborted/) });
    server = await startSecretsManager({ clock });
  });
});

describe('the call log', () => {
  it('says which operation was asked of which secret and when, refused ones too', async () => {
    const { ARN } = await secret.create('one', A);
    clock.advance(1_000);
    await secret.get({ id: ARN });
    await refusal(secret.get({ id: 'zoho/none' }));

    expect(server.calls).toEqual([
      { operation: 'CreateSecret', secret: secret.name, atMs: START_MS },
      { operation: 'GetSecretValue', secret: secret.name, atMs: START_MS + 1_000 },
      { operation: 'GetSecretValue', secret: 'zoho/none', atMs: START_MS + 1_000 },
    ]);
    server.resetCalls();
    expect(server.calls).toEqual([]);
  });

  it('never holds a value', async () => {
    await secret.create('1000.super-secret', A);
    await secret.put('1000.more-secret', { token: B });
    await secret.get();

    expect(JSON.stringify(server.calls)).not.toContain('-secret');
  });
});

describe('the wire', () => {
  const send = (target: string, body: string) =>
    fetch(server.endpoint, { method: 'POST', headers: { 'x-amz-target': target }, body });

  it('a body that is no JSON is a SerializationException', async () => {
    const answer = await send('secretsmanager.GetSecretValue', '{"SecretId":');

    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(await answer.json()).toMatchObject({ __type: 'SerializationException' });
  });

  it('a wrong type is a SerializationException, a missing field a ValidationException', async () => {
    const wrong = await send('secretsmanager.GetSecretValue', '{"SecretId":1}');
    const missing = await send('secretsmanager.GetSecretValue', '{}');

    expect(await wrong.json()).toMatchObject({ __type: 'SerializationException' });
    expect(await missing.json()).toEqual({
      __type: 'ValidationException',
      Message:
        "1 validation error detected: Value at 'secretId' failed to satisfy constraint: Member must not be null",
    });
  });

  it('an unknown operation is an UnknownOperationException', async () => {
    for (const target of ['secretsmanager.RotateSecret', 'secretsmanager.constructor', '']) {
      const answer = await send(target, '{}');
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ __type: 'UnknownOperationException' });
    }
  });

  it('a raw request with a value needs a token, as SDKs always send one', async () => {
    const answer = await send('secretsmanager.CreateSecret', '{"Name":"n","SecretString":"s"}');

    expect(await answer.json()).toEqual({
      __type: 'InvalidRequestException',
      Message: 'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    });
  });

  it('an answer has the fields that it has in AWS, with dates in seconds', async () => {
    await secret.create('one', A);
    clock.advance(250);

    const answer = await send('secretsmanager.GetSecretValue', JSON.stringify({ SecretId: secret.name }));

    expect(await answer.json()).toEqual({
      ARN: server.store.find(secret.name)?.arn,
      Name: secret.name,
      VersionId: A,
      SecretString: 'one',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: START_MS / 1000,
    });
  });
});
