import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { createTokenSecrets } from '../../lambdas/adapters/token-secrets.ts';
import { accessTokenSecretName } from '../../lambdas/core/connection/connection-name.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { type AccessToken, storedGeneration } from '../../lambdas/core/secrets/access-token.ts';
import { type Check, CheckFailed } from './check.ts';

/** The refresher's own publish, with tokens that Zoho never saw. */
export const FENCE: Check = {
  title: 'an older token never replaces a newer one in Secrets Manager',
  run: async ({ cloud, place }) => {
    const { secretsManager } = cloud.clients;
    const SecretId = accessTokenSecretName(place.secretPrefix, 'fence');
    await secretsManager.send(new CreateSecretCommand({ Name: SecretId, Description: 'Of npm run verify' }));
    try {
      const tokens = createTokenSecrets(secretsManager, place.secretPrefix);
      const publish = (generation: number, from: string | undefined) =>
        tokens.publish(tokenOf(generation), from, AbortSignal.timeout(60_000));
      const first = await publish(1, undefined);
      if (first.kind !== 'published') throw new CheckFailed(`the first token: ${first.kind}`);
      const third = await publish(3, first.versionId);
      if (third.kind !== 'published') throw new CheckFailed(`a newer token: ${third.kind}`);
      const second = await publish(2, first.versionId);
      if (second.kind !== 'superseded') throw new CheckFailed(`an older token: ${second.kind}`);
      const { SecretString = '' } = await secretsManager.send(
        new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' }),
      );
      const current = storedGeneration(SecretString);
      if (current !== 3) throw new CheckFailed(`the secret has generation ${current}, not 3`);
      return 'generation 3 was kept, generation 2 was superseded';
    } finally {
      await secretsManager.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    }
  },
};

function tokenOf(generation: number): AccessToken {
  const nowMs = Date.now();
  return {
    accessToken: new Redacted(`not-a-token-${generation}`),
    apiDomain: 'https://www.zohoapis.eu',
    dataCenter: 'eu',
    scope: 'ZohoCRM.modules.READ',
    connection: 'fence',
    generation,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 3_600_000,
    refreshAfterMs: nowMs + 3_300_000,
  };
}
