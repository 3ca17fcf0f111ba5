import { DeleteSecretCommand } from '@aws-sdk/client-secrets-manager';
import { destroy, reasonOf, removeFiles } from './cdk.ts';
import { type Check, CheckFailed } from './check.ts';
import { listSecrets, readAddress, secondOf } from './deployment-checks.ts';

/** Also after a failure in the middle: it removes whatever it finds under the names of this verification. */
export const CLEAN_UP: Check = {
  title: 'nothing is left behind',
  run: async (verification) => {
    const { cloud, place } = verification;
    for (const each of [secondOf(place), place]) {
      const destroyed = await destroy(verification, each);
      if (!destroyed.succeeded) {
        throw new CheckFailed(`delete the stack ${each.stackName} by hand: ${reasonOf(destroyed)}`);
      }
      removeFiles(each);
    }
    for (const SecretId of await listSecrets(verification)) {
      await cloud.clients.secretsManager.send(
        new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }),
      );
    }
    const left = Object.keys(await readAddress(verification));
    if (left.length > 0) throw new CheckFailed(`parameters of ${place.secretPrefix}: ${left.join(', ')}`);
    return `no stack, secret or parameter named ${place.secretPrefix}; a deleted key waits for its deletion`;
  },
};
