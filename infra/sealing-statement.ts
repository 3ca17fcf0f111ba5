import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** Whose secrets a statement is about, by the encryption context. */
export interface SealingContext {
  /** The `secretPrefix` of the deployment. */
  readonly deployment: string;
  readonly kinds: readonly string[];
  /** The key of the encryption context that names whose secret it is: any, or this one. */
  readonly of: { readonly key: 'connection' | 'invite'; readonly name?: string | undefined };
}

/** What may be encrypted or decrypted. */
export interface Sealing extends SealingContext {
  readonly actions: readonly ('kms:Encrypt' | 'kms:Decrypt')[];
  readonly keyArn: string;
}

/** Allows the use of a key with this encryption context. Nothing else can be decrypted with the statement. */
export function sealingStatement({ actions, keyArn, ...context }: Sealing): PolicyStatement {
  return new PolicyStatement({
    actions: [...actions],
    resources: [keyArn],
    conditions: sealingConditions(context),
  });
}

/**
 * The conditions of a statement for a key: the encryption context has these three keys and no other. KMS refuses a context that differs
 * from the one with which something was encrypted.
 */
export function sealingConditions({
  deployment,
  kinds,
  of,
}: SealingContext): Record<string, Record<string, unknown>> {
  const [kind = '', ...others] = kinds;
  const name = contextKey(of.key);
  return {
    StringEquals: {
      [contextKey('deployment')]: deployment,
      [contextKey('kind')]: others.length === 0 ? kind : kinds,
      ...(of.name !== undefined && { [name]: of.name }),
    },
    'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['deployment', 'kind', of.key] },
    ...(of.name === undefined && { Null: { [name]: 'false' } }),
  };
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context */
function contextKey(key: string): string {
  return `kms:EncryptionContext:${key}`;
}
