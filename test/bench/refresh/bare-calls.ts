import { randomUUID } from 'node:crypto';
import { DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { clientConfigFor } from '../../../sandbox/aws/client-config.ts';
import { fetchThrough } from '../../../sandbox/deployment/zoho-router.ts';
import type { Surroundings } from './open-refresher.ts';

/** The calls that a refresh cannot do without, and nothing else: no conditions, no checks, no log. */
export class BareCalls {
  readonly #dynamoDb: DynamoDBClient;
  readonly #secretsManager: SecretsManagerClient;
  readonly #fetch: typeof globalThis.fetch;
  readonly #currentVersions = new Map<string, string>();
  #updates: readonly UpdateItemCommandInput[] = [];

  constructor({ endpoints, routes }: Surroundings) {
    this.#dynamoDb = new DynamoDBClient(clientConfigFor(endpoints.dynamodb));
    this.#secretsManager = new SecretsManagerClient(clientConfigFor(endpoints.secretsmanager));
    this.#fetch = fetchThrough(routes);
  }

  /** Writes the same attributes as these from now on, without their conditions, into the row of this name. */
  learnUpdates(updates: readonly UpdateItemCommandInput[], name: string): void {
    if (updates.length !== 2) throw new Error(`Two UpdateItems were expected, not ${updates.length}.`);
    this.#updates = updates.map((update) => withoutCondition(update, name));
  }

  async updates(): Promise<void> {
    for (const update of this.#updates) await this.#dynamoDb.send(new UpdateItemCommand(update));
  }

  async refresh(name: string): Promise<void> {
    const [take, release] = this.#updates;
    if (take === undefined || release === undefined) throw new Error('No updates were learnt.');
    await this.#dynamoDb.send(new UpdateItemCommand(take));
    const { SecretString = '' } = await this.#secretsManager.send(
      new GetSecretValueCommand({ SecretId: `zoho/${name}/credentials` }),
    );
    const token = await this.#requestToken(JSON.parse(SecretString));
    await this.#publish(`zoho/${name}/access-token`, name, token);
    await this.#dynamoDb.send(new UpdateItemCommand(release));
  }

  async #requestToken({ client_id, client_secret, refresh_token }: Record<string, string>) {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: client_id ?? '',
      client_secret: client_secret ?? '',
      refresh_token: refresh_token ?? '',
    });
    const response = await this.#fetch('https://accounts.zoho.eu/oauth/v2/token', { method: 'POST', body });
    const { access_token, expires_in } = (await response.json()) as Record<string, unknown>;
    if (access_token === undefined) throw new Error('Zoho issued no token.');
    return { access_token, expires_at: new Date(Date.now() + Number(expires_in) * 1000).toISOString() };
  }

  async #publish(SecretId: string, connection: string, token: object): Promise<void> {
    const { VersionId = '' } = await this.#secretsManager.send(
      new PutSecretValueCommand({
        SecretId,
        ClientRequestToken: randomUUID(),
        SecretString: JSON.stringify({ connection, ...token }),
        VersionStages: ['CANDIDATE'],
      }),
    );
    const RemoveFromVersionId = this.#currentVersions.get(SecretId);
    // The first version of a secret is current at once.
    if (RemoveFromVersionId !== undefined)
      await this.#secretsManager.send(
        new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: VersionId,
          RemoveFromVersionId,
        }),
      );
    this.#currentVersions.set(SecretId, VersionId);
  }
}

function withoutCondition(update: UpdateItemCommandInput, name: string): UpdateItemCommandInput {
  const {
    TableName,
    UpdateExpression = '',
    ExpressionAttributeNames,
    ExpressionAttributeValues = {},
  } = update;
  const written = Object.entries(ExpressionAttributeValues).filter(([key]) =>
    new RegExp(`${key}\\b`).test(UpdateExpression),
  );
  return {
    TableName,
    Key: { connection: { S: name } },
    UpdateExpression,
    ExpressionAttributeNames,
    ExpressionAttributeValues: Object.fromEntries(written),
  };
}
