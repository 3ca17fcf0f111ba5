import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, test, vi } from 'vitest';
import { parseCredentials } from '../../../lambdas/core/secrets/credentials.ts';
import {
  composeDependencies,
  composeRefresher,
  type World,
} from '../../../lambdas/refresher/compose-refresher.ts';
import { DEFAULT_CONFIG } from '../../../lambdas/refresher/config.ts';
import { ManualClock } from '../../../sandbox/deployment/clock.ts';
import { lambdaContext } from '../../../sandbox/deployment/lambda-context.ts';
import { LogCollector } from '../../../sandbox/deployment/log-collector.ts';
import { accessToken, credentialsSecret, HOUR_MS, NOW_MS } from '../../support/builders.ts';

const REGION = { region: 'eu-west-1' };

/** A world whose table is empty, and which has no secrets. */
function emptyWorld() {
  const aws = {
    dynamoDb: new DynamoDBClient(REGION),
    secretsManager: new SecretsManagerClient(REGION),
    eventBridge: new EventBridgeClient(REGION),
    sns: new SNSClient(REGION),
    kms: new KMSClient(REGION),
  };
  const tables: unknown[] = [];
  vi.spyOn(aws.dynamoDb, 'send').mockImplementation((command) => {
    tables.push('TableName' in command.input && command.input.TableName);
    return Promise.resolve({});
  });
  const lines: Record<string, unknown>[] = [];
  const world: World = {
    config: {
      ...DEFAULT_CONFIG,
      tableName: 'connections',
      secretPrefix: 'team',
      declaredConnections: { 'crm-prod': { dataCenter: 'eu', scopes: [] } },
    },
    clock: new ManualClock(NOW_MS),
    random: () => 0.5,
    newLeaseOwner: () => 'me',
    aws,
    fetch: () => Promise.reject(new TypeError('fetch failed')),
    logger: new LogCollector(),
    writeMetricLine: (line) => lines.push(JSON.parse(line)),
  };
  return { world, tables, lines };
}

describe('the refresher', () => {
  test('works on the table of its configuration, and records metrics under its prefix', async () => {
    const { world, tables, lines } = emptyWorld();

    expect(await composeRefresher(world)({ action: 'refresh-due' }, lambdaContext())).toMatchObject({
      due: 0,
    });
    expect(new Set(tables)).toEqual(new Set(['connections']));
    expect(lines.at(-1)).toMatchObject({ service: 'team', Heartbeat: 1 });
    expect(lines.at(-1)?._aws).toMatchObject({ Timestamp: NOW_MS });
  });

  test('compares its clock with the date of each answer of Zoho', async () => {
    const { world } = emptyWorld();
    const headers = { date: new Date(NOW_MS + 2 * HOUR_MS).toUTCString() };
    const fetch = () => Promise.resolve(new Response('{}', { headers }));
    const { clock, tokenEndpoint } = composeDependencies({ ...world, fetch });
    const parsed = parseCredentials(credentialsSecret());
    if (!parsed.ok) throw new Error('The credentials are invalid.');

    await tokenEndpoint.refresh(parsed.credentials, new AbortController().signal);

    expect(clock.takeSkews()).toEqual({ ownMs: 0, zohoMs: 2 * HOUR_MS });
  });

  test('remembers that Secrets Manager throttles a publish', async () => {
    const { world } = emptyWorld();
    const throttled = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    vi.spyOn(world.aws.secretsManager, 'send').mockImplementation(() => Promise.reject(throttled));
    const { clock, publishes, tokens } = composeDependencies(world);
    const deadline = new AbortController();
    const published = tokens.publish(accessToken(), undefined, deadline.signal);
    await vi.waitUntil(() => publishes.quietForMs(clock.elapsed()) > 0);

    deadline.abort();

    expect(await published).toMatchObject({ kind: 'not-stored' });
  });
});
