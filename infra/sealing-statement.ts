import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** What may be encrypted or decrypted, and for whom. */
export interface Sealing {
  readonly actions: readonly ('kms:Encrypt' | 'kms:Decrypt')[];
  readonly keyArn: string;
  /** The `secretPrefix` of the deployment. */
  readonly deployment: string;
  readonly kinds: readonly string[];
  /** The key of the encryption context that names whose secret it is: any, or this one. */
  readonly of: { readonly key: 'connection' | 'invite'; readonly name?: string };
}

/**
 * Allows the use of a key with this encryption context, which has these three keys and no other. Nothing else can be decrypted with the
 * statement: KMS refuses a context that differs from the one with which something was encrypted.
 */
export function sealingStatement({ actions, keyArn, deployment, kinds, of }: Sealing): PolicyStatement {
  const [kind = '', ...others] = kinds;
  const name = contextKey(of.key);
  return new PolicyStatement({
    actions: [...actions],
    resources: [keyArn],
    conditions: {
      StringEquals: {
        [contextKey('deployment')]: deployment,
        [contextKey('kind')]: others.length === 0 ? kind : kinds,
        ...(of.name !== undefined && { [name]: of.name }),
      },
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['deployment', 'kind', of.key] },
      ...(of.name === undefined && { Null: { [name]: 'false' } }),
    },
  });
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context */
function contextKey(key: string): string {
  return `kms:EncryptionContext:${key}`;
}
