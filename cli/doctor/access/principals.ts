import { type IAMClient, paginateListRoles, paginateListUsers } from '@aws-sdk/client-iam';
import { callAws } from '../../../lambdas/adapters/aws-errors.ts';

/** A role or user of this account. */
export interface Principal {
  readonly arn: string;
  /** e.g. `role Deployer`, `user alice`. */
  readonly label: string;
}

/** Roles of AWS services: no one else can assume them, and IAM does not simulate them. */
const SERVICE_LINKED_PATH = '/aws-service-role/';

/** All roles and users of the account, except service-linked roles. Throws `InfrastructureError`. */
export async function listPrincipals(client: IAMClient): Promise<readonly Principal[]> {
  return [...(await listRoles(client)), ...(await listUsers(client))];
}

async function listRoles(client: IAMClient): Promise<readonly Principal[]> {
  return await callAws({ action: 'iam:ListRoles', resource: 'the account' }, async () => {
    const found: Principal[] = [];
    for await (const { Roles = [] } of paginateListRoles({ client }, {})) {
      for (const { Path = '/', RoleName = '', Arn = '' } of Roles)
        if (!Path.startsWith(SERVICE_LINKED_PATH)) found.push({ arn: Arn, label: `role ${RoleName}` });
    }
    return found;
  });
}

async function listUsers(client: IAMClient): Promise<readonly Principal[]> {
  return await callAws({ action: 'iam:ListUsers', resource: 'the account' }, async () => {
    const found: Principal[] = [];
    for await (const { Users = [] } of paginateListUsers({ client }, {}))
      for (const { UserName = '', Arn = '' } of Users) found.push({ arn: Arn, label: `user ${UserName}` });
    return found;
  });
}
