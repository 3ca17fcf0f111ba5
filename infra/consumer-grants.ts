import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { type AddToResourcePolicyResult, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';

/** The actions of readers. */
export const READ = ['secretsmanager:GetSecretValue'];
export const DECRYPT = ['kms:Decrypt'];
/** Secrets Manager decrypts with this context: the ARN of the secret. */
export const SECRET_CONTEXT = 'kms:EncryptionContext:SecretARN';

export interface ReadableSecret {
  /** ARN of the token secret. */
  readonly secretArn: string;
  /** Whether the ARN has wildcards for its random end. */
  readonly isPattern: boolean;
  readonly keyArn: string;
  /** The condition that the key is used through Secrets Manager. */
  readonly via: Record<string, string>;
}

/**
 * Allows a grantee by its own policy to read a secret, and to decrypt it through Secrets Manager with the encryption context of
 * this secret only. Not successful for a principal without a policy of its own, such as an ARN or an account.
 */
export function grantReadByOwnPolicy(
  grantee: IGrantable,
  { secretArn, isPattern, keyArn, via }: ReadableSecret,
): Grant {
  const read = Grant.addToPrincipal({ grantee, actions: READ, resourceArns: [secretArn] });
  if (!read.success) return read;
  const context = { [SECRET_CONTEXT]: secretArn };
  const decrypt = Grant.addToPrincipal({
    grantee,
    actions: DECRYPT,
    resourceArns: [keyArn],
    conditions: isPattern
      ? { StringEquals: via, StringLike: context }
      : { StringEquals: { ...via, ...context } },
  });
  return read.combine(decrypt);
}

/** What consumers invoke to request a refresh. */
export interface ConsumerTarget {
  /** The alias of the refresher for consumers. */
  readonly door: IFunction;
  /** The function of the alias, which consumers of 0.2 invoke. */
  readonly refresher: IFunction | undefined;
}

/**
 * Allows a grantee to request a refresh: to invoke the alias for consumers, not the function, a version or another alias. A
 * principal of another account, or without a policy of its own, is allowed by the policy of the alias ("if you use an alias
 * name, the permission allows you to invoke the function using the alias ARN", Lambda's developer guide); its own account must
 * allow the same.
 */
export function grantInvoke(target: ConsumerTarget, grantee: IGrantable): Grant {
  const { door } = target;
  const resourceArns = [door.functionArn];
  if (Construct.isConstruct(grantee.grantPrincipal)) keepExports(target, grantee.grantPrincipal);
  if (!isInAnotherAccount(door, grantee)) {
    const granted = Grant.addToPrincipal({ grantee, actions: INVOKE, resourceArns });
    if (granted.success) return granted;
  }
  const principals = [grantee.grantPrincipal];
  const statement = new PolicyStatement({ actions: INVOKE, resources: resourceArns, principals });
  const resource = { env: door.env, addToResourcePolicy: () => addPermissions(target, grantee) };
  return Grant.addStatementToResourcePolicy({ grantee, actions: INVOKE, resourceArns, resource, statement });
}

const INVOKE = ['lambda:InvokeFunction'];

/**
 * The policy of a function or an alias consists of permissions, one for each principal. The permission for the function
 * itself is for consumers of other accounts that were set up with 0.2 and invoke it without an alias, which gives them the
 * rights of a consumer. To be removed in the release after 0.3.
 */
function addPermissions(
  { door, refresher }: ConsumerTarget,
  { grantPrincipal: principal }: IGrantable,
): AddToResourcePolicyResult {
  const id = `RequestRefresh-${principal.toString().replaceAll('/', '-')}`;
  for (const target of [door, refresher]) {
    if (target?.node.tryFindChild(id) === undefined)
      target?.addPermission(id, { principal, action: INVOKE.join() });
  }
  return { statementAdded: true, policyDependable: door };
}

/**
 * Keeps the exports of the function's ARN and name, which consumers in other stacks of the app imported in 0.2: CloudFormation
 * refuses to remove an export before the stacks that import it were deployed again. A nested stack exports nothing itself. To
 * be removed in the release after 0.3.
 */
function keepExports({ refresher }: ConsumerTarget, consumer: IConstruct): void {
  if (refresher === undefined) return;
  const stack = Stack.of(refresher);
  if (Stack.of(consumer) === stack || stack.nestedStackParent !== undefined) return;
  stack.exportValue(refresher.functionArn);
  stack.exportValue(refresher.functionName);
}

/**
 * True if the grantee's account is, or can be, another one. A stack without a known account treats every role that is given by
 * its ARN as one of another account: the policies of the resources work for its own account too.
 */
export function isInAnotherAccount(
  scope: IConstruct,
  { grantPrincipal: { principalAccount } }: IGrantable,
): boolean {
  if (principalAccount === undefined) return false;
  const comparison = Token.compareStrings(principalAccount, Stack.of(scope).account);
  return comparison !== TokenComparison.SAME && comparison !== TokenComparison.BOTH_UNRESOLVED;
}
