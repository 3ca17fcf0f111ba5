import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { createCredentialsSecrets } from '../../../lambdas/adapters/credentials-secrets.ts';
import { createSealedCredentials } from '../../../lambdas/adapters/sealed/sealed-credentials.ts';
import { createSealer, type Sealer } from '../../../lambdas/adapters/sealed/sealer.ts';
import { createTokenSecrets } from '../../../lambdas/adapters/token-secrets.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { createRotatedCredentials } from '../../../lambdas/refresher/adapters/rotated-credentials.ts';
import { createSealedRotations } from '../../../lambdas/refresher/adapters/sealed-rotations.ts';
import { createSealedTokens } from '../../../lambdas/refresher/adapters/sealed-tokens.ts';
import type { World } from '../../../lambdas/refresher/compose-refresher.ts';
import type { AwsClientConfig } from '../../../sandbox/aws/client-config.ts';
import type { EmbeddedService } from '../../../sandbox/aws/embedded-aws.ts';
import type { Faults } from '../../../sandbox/aws/faults.ts';
import { createAwsClientsWithoutTimeouts } from '../../../sandbox/deployment/aws-clients-without-timeouts.ts';
import type { Principal } from '../deployed-aws.ts';
import { editedItem, never, type Stores, type StoreUnderTest, type WriteError } from './contract.ts';

/** An AWS account with a fleet, as far as its two stores are concerned. */
export interface DeployedStores {
  readonly keyArn: string;
  readonly tokensTable: string;
  readonly credentialsTable: string;
  /** The configuration of an SDK client with the credentials of the principal. */
  configOf(principal: Principal, service: EmbeddedService): AwsClientConfig;
  /** What happens to the next requests of a service. */
  readonly faults: Readonly<Record<'dynamoDb' | 'secretsManager', Faults<{ readonly operation: string }>>>;
  close(): Promise<void>;
}

const PREFIX = 'zoho';
/** How often the SDK sends a request before it gives up. A denial is not tried again. */
const TRIES: Readonly<Record<WriteError, number>> = { AccessDeniedException: 1, ThrottlingException: 3 };

/** Both stores on any AWS that speaks AWS's protocols. Everything is done through the SDK, with the credentials of who does it. */
export class StoresOnAws implements Stores {
  readonly #aws: DeployedStores;
  readonly #clients = new Map<Principal, World['aws']>();
  #count = 0;

  constructor(aws: DeployedStores) {
    this.#aws = aws;
  }

  get inSecretsManager(): StoreUnderTest {
    const { secretsManager } = this.#as('refresher');
    return {
      ports: {
        credentials: createCredentialsSecrets(secretsManager, PREFIX),
        rotatedCredentials: createRotatedCredentials(secretsManager, PREFIX),
        tokens: createTokenSecrets(secretsManager, PREFIX),
      },
      newConnection: async () => {
        const name = this.#newName('connection');
        for (const kind of ['access-token', 'credentials']) {
          const secret = { Name: `${PREFIX}/${name}/${kind}`, KmsKeyId: this.#aws.keyArn };
          await this.#as('administrator').secretsManager.send(new CreateSecretCommand(secret));
        }
        return name;
      },
      readToken: (name) => this.#readTokenSecret(`${PREFIX}/${name}/access-token`),
      writeTokenByHand: async (name, generation) => {
        const SecretString = JSON.stringify({ access_token: 'by hand', generation });
        const put = { SecretId: `${PREFIX}/${name}/access-token`, SecretString };
        await this.#as('administrator').secretsManager.send(new PutSecretValueCommand(put));
      },
      storeCredentials: async (name, SecretString) => {
        const ClientRequestToken = this.#newName('version').padEnd(36, '-');
        const put = { SecretId: `${PREFIX}/${name}/credentials`, ClientRequestToken, SecretString };
        await this.#as('operator').secretsManager.send(new PutSecretValueCommand(put));
        return ClientRequestToken;
      },
      ...this.#faultsOf('secretsManager', { read: 'GetSecretValue', write: 'PutSecretValue' }),
    };
  }

  get inDynamoDb(): StoreUnderTest {
    const { dynamoDb } = this.#as('refresher');
    const { tokensTable, credentialsTable } = this.#aws;
    const credentialsOf = (principal: Principal) =>
      createSealedCredentials(this.#as(principal).dynamoDb, {
        tableName: credentialsTable,
        sealer: this.#sealerOf(principal),
      });
    const credentials = credentialsOf('refresher');
    return {
      ports: {
        credentials,
        rotatedCredentials: createSealedRotations(credentials),
        tokens: createSealedTokens(dynamoDb, { tableName: tokensTable, sealer: this.#sealerOf('refresher') }),
      },
      newConnection: () => Promise.resolve(this.#newName('connection')),
      readToken: (name) => this.#readSealedToken(name),
      writeTokenByHand: async (connection, generation) => {
        const Item = editedItem(connection, generation);
        const put = new PutItemCommand({ TableName: tokensTable, Item });
        await this.#as('administrator').dynamoDb.send(put);
      },
      storeCredentials: async (connection, text) => {
        const store = credentialsOf('operator');
        const versionId = this.#newName('version').padEnd(36, '-');
        const seenVersionId = await store.versionOf(connection, never);
        await store.write({ connection, versionId, text: new Redacted(text), seenVersionId }, never);
        return versionId;
      },
      ...this.#faultsOf('dynamoDb', { read: 'GetItem', write: 'PutItem' }),
    };
  }

  get sealer(): Sealer {
    return this.#sealerOf('administrator');
  }

  #sealerOf(principal: Principal): Sealer {
    return createSealer(this.#as(principal).kms, { keyArn: this.#aws.keyArn, secretPrefix: PREFIX });
  }

  async close(): Promise<void> {
    for (const clients of this.#clients.values())
      for (const client of Object.values(clients)) client.destroy();
    await this.#aws.close();
  }

  async #readTokenSecret(SecretId: string): Promise<string | undefined> {
    const read = new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' });
    try {
      return (await this.#as('consumer').secretsManager.send(read)).SecretString;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  /** As documented for readers, without the product's code: docs/consuming-tokens.md. */
  async #readSealedToken(connection: string): Promise<string | undefined> {
    const { dynamoDb, kms } = this.#as('consumer');
    const Key = { connection: { S: connection } };
    const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: this.#aws.tokensTable, Key }));
    if (Item === undefined) return undefined;
    const EncryptionContext = { deployment: PREFIX, kind: 'access-token', connection };
    const decrypt = new DecryptCommand({ CiphertextBlob: Item.sealed?.B, EncryptionContext });
    return Buffer.from((await kms.send(decrypt)).Plaintext ?? []).toString();
  }

  #faultsOf(
    service: keyof DeployedStores['faults'],
    { read, write }: { readonly read: string; readonly write: string },
  ): Pick<StoreUnderTest, 'denyReads' | 'loseAnswer' | 'failWrites'> {
    const faults = this.#aws.faults[service];
    return {
      denyReads: () => faults.deny({ operation: read }),
      loseAnswer: () => faults.dropNext({ operation: write, afterEffect: true }),
      failWrites: (error) => faults.failNext({ operation: write, error, times: TRIES[error] }),
    };
  }

  #newName(what: string): string {
    this.#count += 1;
    return `${what}-${this.#count}`;
  }

  #as(principal: Principal): World['aws'] {
    const clients =
      this.#clients.get(principal) ??
      createAwsClientsWithoutTimeouts((service) => this.#aws.configOf(principal, service));
    this.#clients.set(principal, clients);
    return clients;
  }
}
