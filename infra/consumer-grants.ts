import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { type AddToResourcePolicyResult, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

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

/**
 * Allows a grantee to request a refresh: to invoke what consumers invoke, no version or other alias. A principal of another
 * account, or without a policy of its own, is allowed by the policy of the function; its own account must allow the same.
 */
export function grantInvoke(target: IFunction, grantee: IGrantable): Grant {
  const resourceArns = [target.functionArn];
  if (!isInAnotherAccount(target, grantee)) {
    const granted = Grant.addToPrincipal({ grantee, actions: INVOKE, resourceArns });
    if (granted.success) return granted;
  }
  const principals = [grantee.grantPrincipal];
  const statement = new PolicyStatement({ actions: INVOKE, resources: resourceArns, principals });
  const resource = { env: target.env, addToResourcePolicy: () => addPermission(target, grantee) };
  return Grant.addStatementToResourcePolicy({ grantee, actions: INVOKE, resourceArns, resource, statement });
}

const INVOKE = ['lambda:InvokeFunction'];

/** The policy of a function consists of permissions, one for each principal. */
function addPermission(
  target: IFunction,
  { grantPrincipal: principal }: IGrantable,
): AddToResourcePolicyResult {
  const id = `RequestRefresh-${principal.toString().replaceAll('/', '-')}`;
  if (target.node.tryFindChild(id) === undefined)
    target.addPermission(id, { principal, action: INVOKE.join() });
  return { statementAdded: true, policyDependable: target };
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

export interface ClientEnvironment {
  readonly secretPrefix: string;
  /** Name or ARN of what consumers invoke. */
  readonly refresher: string | undefined;
  /** Full ARN of the token secret, if it is in another account. */
  readonly tokenSecretArn?: string;
}

/** Full ARNs of the token secrets of each function. */
const TOKEN_SECRET_ARNS = new WeakMap<LambdaFunction, Set<string>>();

/** Sets the environment variables of the client. */
export function setClientEnvironment(
  consumer: LambdaFunction,
  { secretPrefix, refresher, tokenSecretArn }: ClientEnvironment,
): void {
  consumer.addEnvironment('ZOHO_SECRET_PREFIX', secretPrefix);
  if (refresher !== undefined) consumer.addEnvironment('ZOHO_REFRESHER_FUNCTION_NAME', refresher);
  if (tokenSecretArn === undefined) return;
  const arns = TOKEN_SECRET_ARNS.get(consumer) ?? new Set();
  TOKEN_SECRET_ARNS.set(consumer, arns.add(tokenSecretArn));
  consumer.addEnvironment('ZOHO_TOKEN_SECRET_ARNS', [...arns].join(','));
}
