import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { readAddresses } from '../../cli/deployment/read-addresses.ts';
import {
  ADDRESS_PARAMETERS,
  ADDRESS_ROOT,
  type AddressParameter,
} from '../../lambdas/core/deployment-address.ts';
import { deploy, destroy, reasonOf } from './cdk.ts';
import { type Check, CheckFailed, type Verification } from './check.ts';
import type { Place } from './place.ts';

/** The parameters of the deployment; empty when there is none. */
export async function readAddress({
  cloud,
  place,
}: Pick<Verification, 'cloud' | 'place'>): Promise<Partial<Record<AddressParameter, string>>> {
  const [address] = await readAddresses(cloud.clients.ssm, place.secretPrefix);
  return Object.fromEntries(address?.values ?? []);
}

/** Names of the secrets under the prefix, those scheduled for deletion included. */
export async function listSecrets({
  cloud,
  place,
}: Pick<Verification, 'cloud' | 'place'>): Promise<string[]> {
  const command = new ListSecretsCommand({
    Filters: [{ Key: 'name', Values: [`${place.secretPrefix}/`] }],
    IncludePlannedDeletion: true,
  });
  const { SecretList = [] } = await cloud.clients.secretsManager.send(command);
  return SecretList.map(({ Name = '' }) => Name);
}

export const FIRST_DEPLOYMENT: Check = {
  title: 'the first deployment succeeds and publishes its address',
  run: async (verification) => {
    const deployed = await deploy(verification, verification.place);
    if (!deployed.succeeded) throw new CheckFailed(reasonOf(deployed));
    const address = await readAddress(verification);
    const missing = ADDRESS_PARAMETERS.filter((parameter) => !address[parameter]);
    if (missing.length > 0) throw new CheckFailed(`parameters are missing: ${missing.join(', ')}`);
    return `${ADDRESS_PARAMETERS.length} parameters under ${ADDRESS_ROOT}/${verification.place.secretPrefix}`;
  },
};

export const SAME_DEPLOYMENT: Check = {
  title: 'the same deployment again changes nothing',
  run: async (verification) => {
    const again = await deploy(verification, verification.place);
    if (!again.succeeded) throw new CheckFailed(reasonOf(again));
    if (!again.output.includes('(no changes)')) throw new CheckFailed('the CDK found changes');
    return 'no changes';
  },
};

export const SECOND_DEPLOYMENT: Check = {
  title: 'a second stack with the same prefix fails, and the first one keeps its address',
  run: async (verification) => {
    const before = await readAddress(verification);
    const second = secondOf(verification.place);
    const deployed = await deploy(verification, second);
    const removed = await destroy(verification, second);
    if (deployed.succeeded) throw new CheckFailed('it was deployed');
    if (!/already exists/i.test(deployed.output)) {
      throw new CheckFailed(`it failed for another reason: ${reasonOf(deployed)}`);
    }
    if (!removed.succeeded) throw new CheckFailed(`it could not be removed: ${reasonOf(removed)}`);
    const after = await readAddress(verification);
    if (JSON.stringify(after) !== JSON.stringify(before)) throw new CheckFailed('the address has changed');
    return 'refused: the parameter already exists';
  },
};

export const DESTROY: Check = {
  title: 'destroy removes everything',
  run: async (verification) => {
    const destroyed = await destroy(verification, verification.place);
    if (!destroyed.succeeded) throw new CheckFailed(reasonOf(destroyed));
    const left = [...Object.keys(await readAddress(verification)), ...(await listSecrets(verification))];
    if (left.length > 0) throw new CheckFailed(`left behind: ${left.join(', ')}`);
    return 'no parameter and no secret is left; AWS deletes the key after its waiting period';
  },
};

export const REDEPLOY: Check = {
  title: 'the same stack deploys again after destroy',
  run: FIRST_DEPLOYMENT.run,
};

/** Another stack in the place of the first. */
export function secondOf({ secretPrefix, stackName }: Place): Place {
  return { secretPrefix, stackName: `${stackName}-second` };
}
