import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, describe, it } from 'vitest';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { NO_MOTO, startMoto } from '../support/moto.ts';
import { SecretUnderTest, secretsManagerContract } from '../support/secrets-manager-contract.ts';

const moto = await startMoto();
if (moto === undefined) {
  it.skip(NO_MOTO);
} else {
  describe('Secrets Manager, as moto and the contract agree on it', () => {
    const client = new SecretsManagerClient(clientConfigFor(moto.endpoint));

    afterAll(() => {
      client.destroy();
      moto.stop();
    });

    const agreed = secretsManagerContract.filter(({ motoDiffers }) => motoDiffers === undefined);
    for (const [index, { fact, check }] of agreed.entries()) {
      it(fact, () => check(new SecretUnderTest(client, `contract/${index}`)));
    }
  });
}
