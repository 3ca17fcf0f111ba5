import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  type Filter,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ListSecretsCommandInput,
  type ListSecretsCommandOutput,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
  UpdateSecretCommand,
  type UpdateSecretCommandInput,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { differsOnMoto, type MotoDiffers } from './moto-differs.ts';

type Check = (secret: SecretUnderTest) => Promise<void>;

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const C = 'c'.repeat(32);

/** What AWS documents, or was seen to answer. Held against every server that claims to be Secrets Manager. */
export const secretsManagerContract: Readonly<Record<string, Check | MotoDiffers<Check>>> = {
  'a value given at creation is AWSCURRENT, and its token is its version': async (secret) => {
    expect(await secret.create('one', A)).toMatchObject({ Name: secret.name, VersionId: A });
    expect(await secret.get({ stage: 'AWSCURRENT' })).toMatchObject({
      ARN: expect.stringMatching(/^arn:aws:secretsmanager:eu-west-1:\d{12}:secret:.+-[A-Za-z0-9]{6}$/),
      Name: secret.name,
      SecretString: 'one',
      VersionId: A,
      VersionStages: ['AWSCURRENT'],
      CreatedDate: expect.any(Date),
    });
  },
  'a secret made without a value has no version, and reading it says which label is missing': async (
    secret,
  ) => {
    expect(await secret.create()).not.toHaveProperty('VersionId');
    expect(await refusal(secret.get())).toEqual({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    });
  },
  'an unknown secret is not found': async (secret) => {
    const expected = {
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    };
    expect(await refusal(secret.get({ stage: 'AWSCURRENT' }))).toEqual(expected);
    expect(await refusal(secret.put('one'))).toEqual(expected);
    expect(await refusal(secret.describe())).toEqual(expected);
  },
  'a secret is found by its name, its ARN, and its ARN without the last six characters': async (secret) => {
    const { ARN = '' } = await secret.create('one', A);
    for (const id of [secret.name, ARN, ARN.slice(0, -7)]) {
      expect(await secret.get({ id, stage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'one' });
    }
  },
  'a name that ends like an ARN is not found by its ARN without the last six characters': differsOnMoto(
    'finds it',
    async (secret) => {
      const Name = `${secret.name}/crm-a1b2c3`;
      const { ARN = '' } = await secret.client.send(new CreateSecretCommand({ Name, SecretString: 'one' }));
      expect(await secret.get({ id: ARN, stage: 'AWSCURRENT' })).toMatchObject({ Name });
      await expectRefused(
        secret.get({ id: ARN.slice(0, -7), stage: 'AWSCURRENT' }),
        'ResourceNotFoundException',
      );
    },
  ),
  'a put without stages moves AWSCURRENT, and AWSPREVIOUS to the version that lost it': async (secret) => {
    await secret.createVersions(A, B);
    expect(await secret.put('three', { token: C })).toMatchObject({ VersionStages: ['AWSCURRENT'] });
    expect(await secret.labels()).toEqual({ [B]: ['AWSPREVIOUS'], [C]: ['AWSCURRENT'] });
    expect(await secret.get({ stage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'two' });
  },
  'a put under another stage leaves AWSCURRENT where it is': async (secret) => {
    await secret.createWithCandidate();
    expect(await secret.labels()).toEqual({ [A]: ['AWSCURRENT'], [B]: ['CANDIDATE'] });
    expect(await secret.get({ stage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'one' });
    expect(await secret.get({ stage: 'CANDIDATE' })).toMatchObject({ SecretString: 'two' });
    expect(await secret.get({ versionId: B })).toMatchObject({ SecretString: 'two' });
  },
  'the first version of an empty secret becomes AWSCURRENT whatever stages are asked for': async (secret) => {
    await secret.create();
    await secret.put('one', { token: A, stages: ['CANDIDATE'] });
    expect(await secret.labels()).toEqual({ [A]: ['AWSCURRENT', 'CANDIDATE'] });
    await secret.put('two', { token: B, stages: ['CANDIDATE'] });
    expect(await secret.labels()).toEqual({ [A]: ['AWSCURRENT'], [B]: ['CANDIDATE'] });
  },
  'the same put again does nothing, even when another version has become current since': async (secret) => {
    await secret.createVersions(A, B, C);
    expect(await secret.put('two', { token: B })).toMatchObject({ VersionId: B });
    expect(await secret.labels()).toEqual({ [B]: ['AWSPREVIOUS'], [C]: ['AWSCURRENT'] });
  },
  'a token that has another value already is refused': async (secret) => {
    await secret.create('one', A);
    await expectRefused(secret.put('other', { token: A }), 'ResourceExistsException');
    expect(await secret.get({ stage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'one' });
  },
  'the same creation again does nothing, another one under the same name is refused': async (secret) => {
    const first = await secret.create('one', A);
    expect(await secret.create('one', A)).toMatchObject({ ARN: first.ARN, VersionId: A });
    await expectRefused(secret.create('two', A), 'ResourceExistsException');
    await expectRefused(secret.create('two', B), 'ResourceExistsException');
    expect(await secret.get({ stage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'one' });
  },
  'a token shorter than 32 or longer than 64 characters is refused': async (secret) => {
    await secret.create('one', A);
    for (const token of ['t'.repeat(31), 't'.repeat(65)]) {
      await expectRefused(secret.put('two', { token }), 'InvalidParameterException');
    }
  },
  'moving AWSCURRENT from the version that has it moves AWSPREVIOUS as well': async (secret) => {
    await secret.createVersions(A, B);
    await secret.put('three', { token: C, stages: ['CANDIDATE'] });
    await secret.move('AWSCURRENT', { from: B, to: C });
    expect(await secret.labels()).toEqual({ [B]: ['AWSPREVIOUS'], [C]: ['AWSCURRENT', 'CANDIDATE'] });
    expect(await secret.get({ stage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'three' });
  },
  'moving AWSCURRENT back to the previous version swaps the two labels': async (secret) => {
    await secret.createVersions(A, B);
    await secret.move('AWSCURRENT', { from: B, to: A });
    expect(await secret.labels()).toEqual({ [A]: ['AWSCURRENT'], [B]: ['AWSPREVIOUS'] });
  },
  'AWSCURRENT is not moved without naming the version that has it': async (secret) => {
    await secret.createWithCandidate();
    expect(await refusal(secret.move('AWSCURRENT', { to: B }))).toEqual({
      name: 'InvalidParameterException',
      message: `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${A}, so you must explicitly reference that version in RemoveFromVersionId.`,
    });
    expect(await secret.labels()).toEqual({ [A]: ['AWSCURRENT'], [B]: ['CANDIDATE'] });
  },
  'AWSCURRENT is not moved from a version that has lost it': async (secret) => {
    await secret.createWithCandidate();
    await secret.put('three', { token: C });
    await expectRefused(secret.move('AWSCURRENT', { from: A, to: B }), 'InvalidParameterException');
    expect(await secret.labels()).toEqual({
      [A]: ['AWSPREVIOUS'],
      [B]: ['CANDIDATE'],
      [C]: ['AWSCURRENT'],
    });
  },
  'AWSCURRENT is not moved from a version that never existed': async (secret) => {
    await secret.createWithCandidate();
    await expectRefused(secret.move('AWSCURRENT', { from: C, to: B }), 'InvalidParameterException');
  },
  'a move that was made already is refused when it is tried again': async (secret) => {
    await secret.createWithCandidate();
    await secret.move('AWSCURRENT', { from: A, to: B });
    await expectRefused(secret.move('AWSCURRENT', { from: A, to: B }), 'InvalidParameterException');
    expect(await secret.labels()).toEqual({ [A]: ['AWSPREVIOUS'], [B]: ['AWSCURRENT', 'CANDIDATE'] });
  },
  'a label of one’s own can be removed from its version': async (secret) => {
    await secret.createWithCandidate();
    await secret.move('CANDIDATE', { from: B });
    expect(await secret.labels()).toEqual({ [A]: ['AWSCURRENT'] });
  },
  'a read without a stage follows a stage move': differsOnMoto(
    'answers with the version that was AWSCURRENT before the move',
    async (secret) => {
      await secret.createWithCandidate();
      await secret.move('AWSCURRENT', { from: A, to: B });
      expect(await secret.get()).toMatchObject({ SecretString: 'two', VersionId: B });
    },
  ),
  'an empty secret names the missing label also when the reader asks for AWSCURRENT': differsOnMoto(
    'says that the secret itself can not be found',
    async (secret) => {
      await secret.create();
      expect(await refusal(secret.get({ stage: 'AWSCURRENT' }))).toMatchObject({
        message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      });
    },
  ),
  'no label is moved without naming the version that has it': differsOnMoto(
    'checks this for AWSCURRENT only, and leaves another label on both versions',
    async (secret) => {
      await secret.createWithCandidate();
      await expectRefused(secret.move('CANDIDATE', { to: A }), 'InvalidParameterException');
      expect(await secret.labels()).toEqual({ [A]: ['AWSCURRENT'], [B]: ['CANDIDATE'] });
    },
  ),
  'AWSCURRENT can be moved but not removed': differsOnMoto('removes it', async (secret) => {
    await secret.create('one', A);
    expect(await refusal(secret.move('AWSCURRENT', { from: A }))).toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining("can't be completely removed"),
    });
    expect(await secret.labels()).toEqual({ [A]: ['AWSCURRENT'] });
  }),
  'AWSCURRENT moved to where it is changes nothing': differsOnMoto('loses AWSPREVIOUS', async (secret) => {
    await secret.createVersions(A, B);
    await secret.move('AWSCURRENT', { from: B, to: B });
    expect(await secret.labels()).toEqual({ [A]: ['AWSPREVIOUS'], [B]: ['AWSCURRENT'] });
  }),
  'a label is not moved to a version that does not exist': differsOnMoto(
    'has taken the label off the old version before it refuses, and refuses as InvalidParameter',
    async (secret) => {
      await secret.create('one', A);
      await expectRefused(secret.move('AWSCURRENT', { from: A, to: B }), 'ResourceNotFoundException');
      expect(await secret.labels()).toEqual({ [A]: ['AWSCURRENT'] });
    },
  ),
  'a version id and a stage must mean the same version': async (secret) => {
    await secret.createVersions(A, B);
    expect(await secret.get({ versionId: A, stage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'one' });
    expect(await refusal(secret.get({ versionId: A, stage: 'AWSCURRENT' }))).toEqual({
      name: 'InvalidRequestException',
      message: 'You provided a VersionStage that is not associated to the provided VersionId.',
    });
  },
  'an unknown version is not found, and the answer names it': async (secret) => {
    await secret.create('one', A);
    expect(await refusal(secret.get({ versionId: B }))).toEqual({
      name: 'ResourceNotFoundException',
      message: `Secrets Manager can't find the specified secret value for VersionId: ${B}`,
    });
  },
  'versions without a label are listed only when asked for': differsOnMoto(
    'lists them always',
    async (secret) => {
      await secret.createVersions(A, B, C);
      expect(await secret.versionIds()).toEqual([B, C]);
      expect(await secret.versionIds({ IncludeDeprecated: true })).toEqual([A, B, C]);
    },
  ),
  'a description shows labelled versions only, and no versions at all for an empty secret': differsOnMoto(
    'shows versions without a label too',
    async (secret) => {
      await secret.create();
      expect(await secret.describe()).not.toHaveProperty('VersionIdsToStages');
      await secret.put('one', { token: A });
      await secret.put('two', { token: B });
      await secret.put('three', { token: C });
      expect(await secret.describe()).toMatchObject({
        Name: secret.name,
        VersionIdsToStages: { [B]: ['AWSPREVIOUS'], [C]: ['AWSCURRENT'] },
      });
      expect(Object.keys((await secret.describe()).VersionIdsToStages ?? {})).toHaveLength(2);
    },
  ),
  'a secret scheduled for deletion can be described but not read, until it is restored': async (secret) => {
    await secret.create('one', A);
    await secret.delete({ RecoveryWindowInDays: 7 });
    expect(await secret.describe()).toMatchObject({ DeletedDate: expect.any(Date) });
    await expectRefused(secret.get({ stage: 'AWSCURRENT' }), 'InvalidRequestException');
    await secret.restore();
    expect(await secret.get({ stage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'one' });
    expect(await secret.describe()).not.toHaveProperty('DeletedDate', expect.any(Date));
  },
  'a secret scheduled for deletion can not be changed, and says why': differsOnMoto(
    'changes it, has other words for why, and says that the secret exists when it is made anew',
    async (secret) => {
      await secret.create('one', A);
      await secret.delete();
      const marked = {
        name: 'InvalidRequestException',
        message: "You can't perform this operation on the secret because it was marked for deletion.",
      };
      expect(await refusal(secret.get())).toEqual(marked);
      expect(await refusal(secret.put('two'))).toEqual(marked);
      expect(await refusal(secret.move('AWSCURRENT', { from: A, to: A }))).toEqual(marked);
      expect(await refusal(secret.tag({ team: 'crm' }))).toEqual(marked);
      expect(await refusal(secret.delete())).toEqual(marked);
      expect(await refusal(secret.create('two', B))).toMatchObject({
        name: 'InvalidRequestException',
        message: expect.stringContaining('already scheduled for deletion'),
      });
    },
  ),
  'a secret deleted by force is gone, and its name is free for another with another ARN': async (secret) => {
    const first = await secret.create('one', A);
    await secret.delete({ ForceDeleteWithoutRecovery: true });
    await expectRefused(secret.get(), 'ResourceNotFoundException');
    const second = await secret.create('two', B);
    expect(second.ARN).not.toBe(first.ARN);
    await expectRefused(secret.get({ id: first.ARN }), 'ResourceNotFoundException');
  },
  'forced deletion of what does not exist is no error, any other is': async (secret) => {
    expect(await secret.delete({ ForceDeleteWithoutRecovery: true })).toMatchObject({ Name: secret.name });
    await expectRefused(secret.delete(), 'ResourceNotFoundException');
  },
  'a recovery window is 7 to 30 days, and none goes with force': async (secret) => {
    await secret.create('one', A);
    for (const options of [
      { RecoveryWindowInDays: 6 },
      { RecoveryWindowInDays: 31 },
      { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
    ]) {
      await expectRefused(secret.delete(options), 'InvalidParameterException');
    }
  },
  'a tag replaces the one with its key and leaves the others': async (secret) => {
    await secret.create('one', A);
    await secret.tag({ team: 'crm', stage: 'test' });
    await secret.tag({ stage: 'prod' });
    expect((await secret.describe()).Tags).toEqual([
      { Key: 'team', Value: 'crm' },
      { Key: 'stage', Value: 'prod' },
    ]);
  },
  'binary values come back as they were given': async (secret) => {
    const bytes = new Uint8Array([0, 1, 254, 255]);
    await secret.client.send(new CreateSecretCommand({ Name: secret.name, SecretBinary: bytes }));
    const { SecretBinary, SecretString } = await secret.get({ stage: 'AWSCURRENT' });
    expect([...(SecretBinary ?? [])]).toEqual([...bytes]);
    expect(SecretString).toBeUndefined();
  },
  'a value holds at most 65,536 bytes, however few characters they are': differsOnMoto(
    'has no limit',
    async (secret) => {
      await secret.create('x'.repeat(65_536), A);
      for (const tooMuch of ['x'.repeat(65_537), 'é'.repeat(32_769)]) {
        const { name, message } = await refusal(secret.put(tooMuch));
        expect(name).toBe('ValidationException');
        expect(message.length).toBeLessThan(300);
      }
    },
  ),
  'a name has letters, digits and /_+=.@- in it, nothing else': differsOnMoto(
    'takes any name',
    async (secret) => {
      const named = (Name: string) => secret.client.send(new CreateSecretCommand({ Name }));
      await named(`${secret.name}/_+=.@-x`);
      for (const wrong of ['with space', 'with*star', 'with:colon', 'with?mark']) {
        await expectRefused(named(`${secret.name}/${wrong}`), 'ValidationException');
      }
    },
  ),
  'another key re-encrypts the labelled versions, which can then be decrypted under both keys': differsOnMoto(
    'names no keys',
    async (secret) => {
      const OTHER_KEY = 'arn:aws:kms:eu-west-1:000000000000:key/another';
      await secret.createVersions(A, B, C);
      expect(await secret.update({ KmsKeyId: OTHER_KEY })).not.toHaveProperty('VersionId');
      expect(await secret.describe()).toMatchObject({ KmsKeyId: OTHER_KEY });
      expect(await secret.keysOfVersions()).toEqual({
        [A]: ['DefaultEncryptionKey'],
        [B]: ['DefaultEncryptionKey', OTHER_KEY],
        [C]: ['DefaultEncryptionKey', OTHER_KEY],
      });
      expect(await secret.labels()).toEqual({ [B]: ['AWSPREVIOUS'], [C]: ['AWSCURRENT'] });
      await secret.put('four', { token: 'd'.repeat(32) });
      expect(await secret.keysOfVersions()).toMatchObject({ ['d'.repeat(32)]: [OTHER_KEY] });
    },
  ),
  'an update of the description changes no version': async (secret) => {
    await secret.create('one', A);
    await secret.update({ Description: 'another' });
    expect(await secret.describe()).toMatchObject({ Description: 'another' });
    expect(await secret.labels()).toEqual({ [A]: ['AWSCURRENT'] });
  },
  'the key and the description can be changed of a secret that has a value': async (secret) => {
    await secret.create('one', A);
    await secret.update({ Description: 'another', KmsKeyId: 'alias/another' });
    expect(await secret.describe()).toMatchObject({ Description: 'another', KmsKeyId: 'alias/another' });
    expect(await secret.get({ stage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'one' });
  },
  'a secret that does not exist, or is about to be deleted, cannot be updated': async (secret) => {
    await expectRefused(secret.update({ Description: 'another' }), 'ResourceNotFoundException');
    await secret.create('one', A);
    await secret.delete({ RecoveryWindowInDays: 7 });
    await expectRefused(secret.update({ Description: 'another' }), 'InvalidRequestException');
  },
  'a list is filtered by the beginning of names, case-sensitively, in pages': async (secret) => {
    for (const last of ['/a', '/b', '/c', 'x/d']) await secret.createBeside(last);
    const names = async (beginning: string, pageSize: number) =>
      (await secret.list({ Key: 'name', Values: [beginning] }, pageSize)).map(({ Name }) => Name);
    const expected = ['/a', '/b', '/c'].map((last) => `${secret.name}${last}`);
    expect((await names(`${secret.name}/`, 100)).sort()).toEqual(expected);
    expect((await names(`${secret.name}/`, 2)).sort()).toEqual(expected);
    expect((await names(secret.name, 1)).sort()).toEqual([...expected, `${secret.name}x/d`]);
    expect(await names(`${secret.name.toUpperCase()}/`, 100)).toEqual([]);
  },
  'a list has the metadata and the labels of each secret, and never a value': async (secret) => {
    await secret.create('one', A);
    const [listed] = await secret.list({ Key: 'name', Values: [secret.name] }, 100);
    expect(listed).toMatchObject({ Name: secret.name, SecretVersionsToStages: { [A]: ['AWSCURRENT'] } });
    expect(JSON.stringify(listed)).not.toContain('one');
  },
  'a secret that is about to be deleted is listed only when asked for': async (secret) => {
    await secret.create('one', A);
    await secret.delete({ RecoveryWindowInDays: 7 });
    const filter = { Key: 'name', Values: [secret.name] } as const;
    expect(await secret.list(filter, 100)).toEqual([]);
    expect(await secret.list(filter, 100, { IncludePlannedDeletion: true })).toMatchObject([
      { Name: secret.name, DeletedDate: expect.any(Date) },
    ]);
  },
};

/** A secret of its own for one case, and the calls that the cases make. */
export class SecretUnderTest {
  readonly client: SecretsManagerClient;
  readonly name: string;

  constructor(client: SecretsManagerClient, name: string) {
    this.client = client;
    this.name = name;
  }

  create(text?: string, token?: string) {
    return this.client.send(
      new CreateSecretCommand({ Name: this.name, SecretString: text, ClientRequestToken: token }),
    );
  }

  /** Creates the versions A "one", B "two" and so on, each AWSCURRENT in its turn. */
  async createVersions(...tokens: string[]): Promise<void> {
    await this.create('one', tokens[0]);
    for (const [index, token] of tokens.slice(1).entries())
      await this.put(['two', 'three'][index] ?? '', { token });
  }

  /** Creates version A "one" as AWSCURRENT and version B "two" as CANDIDATE. */
  async createWithCandidate(): Promise<void> {
    await this.create('one', A);
    await this.put('two', { token: B, stages: ['CANDIDATE'] });
  }

  put(text: string, options: { token?: string; stages?: string[] } = {}, abortSignal?: AbortSignal) {
    return this.client.send(
      new PutSecretValueCommand({
        SecretId: this.name,
        SecretString: text,
        ClientRequestToken: options.token,
        VersionStages: options.stages,
      }),
      abortSignal === undefined ? {} : { abortSignal },
    );
  }

  get(options: { id?: string | undefined; stage?: string; versionId?: string } = {}) {
    return this.client.send(
      new GetSecretValueCommand({
        SecretId: options.id ?? this.name,
        VersionStage: options.stage,
        VersionId: options.versionId,
      }),
    );
  }

  update(change: Omit<UpdateSecretCommandInput, 'SecretId'>) {
    return this.client.send(new UpdateSecretCommand({ SecretId: this.name, ...change }));
  }

  /** Creates an empty secret whose name begins with this one's. */
  createBeside(ending: string) {
    return this.client.send(new CreateSecretCommand({ Name: `${this.name}${ending}` }));
  }

  /** All pages of a list. */
  async list(
    { Key, Values }: { Key: Filter['Key']; Values: readonly string[] },
    pageSize: number,
    more: Partial<ListSecretsCommandInput> = {},
  ) {
    const found = [];
    for (let NextToken: string | undefined = ''; NextToken !== undefined; ) {
      const page: ListSecretsCommandOutput = await this.client.send(
        new ListSecretsCommand({
          Filters: [{ Key, Values: [...Values] }],
          MaxResults: pageSize,
          NextToken: NextToken === '' ? undefined : NextToken,
          ...more,
        }),
      );
      found.push(...(page.SecretList ?? []));
      NextToken = page.NextToken;
    }
    return found;
  }

  /** The keys of each version, by its ID. */
  async keysOfVersions(): Promise<Record<string, readonly string[]>> {
    const list = new ListSecretVersionIdsCommand({ SecretId: this.name, IncludeDeprecated: true });
    const { Versions = [] } = await this.client.send(list);
    return Object.fromEntries(Versions.map(({ VersionId = '', KmsKeyIds = [] }) => [VersionId, KmsKeyIds]));
  }

  move(stage: string, { from, to }: { from?: string; to?: string }) {
    return this.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: this.name,
        VersionStage: stage,
        RemoveFromVersionId: from,
        MoveToVersionId: to,
      }),
    );
  }

  describe() {
    return this.client.send(new DescribeSecretCommand({ SecretId: this.name }));
  }

  delete(options: { RecoveryWindowInDays?: number; ForceDeleteWithoutRecovery?: boolean } = {}) {
    return this.client.send(new DeleteSecretCommand({ SecretId: this.name, ...options }));
  }

  restore() {
    return this.client.send(new RestoreSecretCommand({ SecretId: this.name }));
  }

  tag(tags: Readonly<Record<string, string>>) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    return this.client.send(new TagResourceCommand({ SecretId: this.name, Tags }));
  }

  async versionIds(options: { IncludeDeprecated?: boolean } = {}): Promise<(string | undefined)[]> {
    const { Versions = [] } = await this.client.send(
      new ListSecretVersionIdsCommand({ SecretId: this.name, ...options }),
    );
    return Versions.map(({ VersionId }) => VersionId);
  }

  /** The labels, sorted, of every version that has one. */
  async labels(): Promise<Record<string, string[]>> {
    const { Versions = [] } = await this.client.send(
      new ListSecretVersionIdsCommand({ SecretId: this.name }),
    );
    return Object.fromEntries(
      Versions.map(
        ({ VersionId = '', VersionStages = [] }) => [VersionId, [...VersionStages].sort()] as const,
      ).filter(([, stages]) => stages.length > 0),
    );
  }
}

/** Expects that a call is refused with an exception of this name. */
export async function expectRefused(call: Promise<unknown>, name: string): Promise<void> {
  expect(await refusal(call)).toMatchObject({ name });
}

/** The name and message of the exception that a call ends in. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) {
      return { name: error.name, message: error.message };
    }
    throw error;
  }
  throw new Error('the call was expected to be refused, but succeeded');
}
