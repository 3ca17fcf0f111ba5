import { secretText } from '../../sandbox/aws/secret-record.ts';
import type { CanaryConnection } from './canary-connection.ts';
import { type CanaryPath, path } from './path.ts';

/** A connection that follows another deployment: its row holds the prefix, and the other token secret anything. */
export function pathsOfFollowing(): CanaryPath[] {
  return [
    path('a followed token secret that holds the credentials', 'followed_token_unusable', (connection) =>
      follow(connection, connection.quote),
    ),
    path('a followed token that is not renewed', 'followed_token_stale', async (connection) => {
      await connection.tick();
      await follow(connection, publishedText(connection), 61 * 60_000);
    }),
    path('a followed token that is republished', 'refreshed', async (connection) => {
      await connection.tick();
      await follow(connection, publishedText(connection), 1_000);
    }),
  ];
}

async function follow(connection: CanaryConnection, text: string, laterMs = 0): Promise<void> {
  const { deployment, name } = connection;
  deployment.aws.secretsManager.store.create({ name: `old/${name}/access-token`, value: secretText(text) });
  await connection.tick();
  await connection.changeRow({
    followsPrefix: { S: 'old' },
    followedGeneration: { N: '0' },
    nextAttemptAt: { N: '0' },
  });
  deployment.clock.advance(laterMs);
  await connection.tick({ config: { ...deployment.config, followSecretPrefix: 'old' } });
}

function publishedText({ deployment, tokenSecret }: CanaryConnection): string {
  return deployment.aws.secretsManager.store.currentText(tokenSecret) ?? '';
}
