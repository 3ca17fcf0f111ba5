import { type AwsClientConfig, clientConfigFor } from '../../sandbox/aws/client-config.ts';
import type { Principal } from '../contracts/deployed-aws.ts';
import type { Moto } from './moto.ts';
import { PLACE } from './template-resolver.ts';

/** Roles that are not the template's, and the beginnings of the logical IDs of those that are. */
const ROLES: Readonly<Record<Principal, string>> = {
  refresher: 'ZohoRefresherRole',
  consumer: 'Consumer',
  tenant: 'TenantConsumer',
  'consent pages': 'ZohoConsentPagesRole',
  'consent api': 'ZohoConsentApiRole',
  operator: 'Operator',
  administrator: 'Administrator',
};
export const PRINCIPALS = Object.keys(ROLES) as Principal[];

/** The name of a principal's role; undefined if the template has none. `logicalIds`: of the template's roles. */
export function findRole(principal: Principal, logicalIds: readonly string[]): string | undefined {
  const beginning = ROLES[principal];
  if (principal === 'operator' || principal === 'administrator') return beginning;
  return logicalIds.find((id) => id.startsWith(beginning));
}

/** Roles of an account on moto. Requires that IAM is not enforced, because these calls are unsigned. */
export class MotoRoles {
  readonly #moto: Moto;

  constructor(moto: Moto) {
    this.#moto = moto;
  }

  /** Creates a role that anyone may assume: the template's trust policies are not enforced. */
  async create(name: string, policies: readonly object[]): Promise<void> {
    const trust = policyOf({
      Statement: { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' },
    });
    await this.#moto.query('iam', 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: trust });
    await this.replacePolicies(name, policies);
  }

  /** Replaces a role's policies, by their order. */
  async replacePolicies(role: string, policies: readonly object[]): Promise<void> {
    for (const [index, policy] of policies.entries()) await this.putPolicy(role, `Policy${index}`, policy);
  }

  async putPolicy(role: string, name: string, policy: object): Promise<void> {
    await this.#moto.query('iam', 'PutRolePolicy', {
      RoleName: role,
      PolicyName: name,
      PolicyDocument: policyOf(policy),
    });
  }

  async deletePolicy(role: string, name: string): Promise<void> {
    await this.#moto.query('iam', 'DeleteRolePolicy', { RoleName: role, PolicyName: name });
  }

  /** The configuration of an SDK client that calls as the role. */
  async assume(name: string): Promise<AwsClientConfig> {
    const answer = await this.#moto.query('sts', 'AssumeRole', {
      RoleArn: `arn:${PLACE.partition}:iam::${PLACE.account}:role/${name}`,
      RoleSessionName: 'test',
    });
    const { Credentials } = (answer as AssumedRole).AssumeRoleResponse.AssumeRoleResult;
    const credentials = {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    };
    return { ...clientConfigFor(this.#moto.endpoint), credentials };
  }
}

function policyOf(policy: object): string {
  return JSON.stringify({ Version: '2012-10-17', ...policy });
}

interface AssumedRole {
  readonly AssumeRoleResponse: {
    readonly AssumeRoleResult: {
      readonly Credentials: {
        readonly AccessKeyId: string;
        readonly SecretAccessKey: string;
        readonly SessionToken: string;
      };
    };
  };
}
