import { paginateGetParametersByPath, type SSMClient } from '@aws-sdk/client-ssm';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import {
  ADDRESS_PARAMETERS,
  ADDRESS_ROOT,
  type AddressParameter,
  CONSENT_PARAMETERS,
  FLEET_PARAMETERS,
} from '../../lambdas/core/deployment-address.ts';
import { toSingleLine } from '../../lambdas/core/single-line.ts';

const KNOWN: readonly AddressParameter[] = [
  ...ADDRESS_PARAMETERS,
  ...CONSENT_PARAMETERS,
  ...FLEET_PARAMETERS,
];

/** The parameters of one deployment, as they are stored. */
export interface Address {
  /** The name of the deployment. */
  readonly secretPrefix: string;
  /** Of the parameters. */
  readonly account: string;
  readonly region: string;
  readonly values: ReadonlyMap<AddressParameter, string>;
}

/**
 * Reads the address of one deployment, or of every deployment of the account and region, sorted by name. Reads nothing outside
 * the path of the deployment that is named. Throws `InfrastructureError`.
 */
export async function readAddresses(ssm: SSMClient, secretPrefix?: string): Promise<readonly Address[]> {
  // Without a slash at the end, because IAM compares this text with the resource of the policy.
  const path = secretPrefix === undefined ? ADDRESS_ROOT : `${ADDRESS_ROOT}/${secretPrefix}`;
  const found = new Map<string, Address & { readonly values: Map<AddressParameter, string> }>();
  await callAws({ action: 'ssm:GetParametersByPath', resource: path }, async () => {
    const pages = paginateGetParametersByPath({ client: ssm }, { Path: path, Recursive: true });
    for await (const { Parameters = [] } of pages) {
      for (const { Name = '', Value = '', ARN = '' } of Parameters) {
        const [prefix = '', parameter, ...deeper] = Name.slice(ADDRESS_ROOT.length + 1).split('/');
        const known = KNOWN.find((each) => each === parameter);
        if (known === undefined || deeper.length > 0) continue;
        const [, , , region = '', account = ''] = ARN.split(':');
        const address = found.get(prefix) ?? { secretPrefix: prefix, account, region, values: new Map() };
        found.set(prefix, address);
        address.values.set(known, toSingleLine(Value));
      }
    }
  });
  return [...found.values()].sort((one, other) => one.secretPrefix.localeCompare(other.secretPrefix, 'en'));
}
