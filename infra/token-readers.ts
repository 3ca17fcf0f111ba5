import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import {
  type AddToResourcePolicyResult,
  Grant,
  type IGrantable,
  type IResourceWithPolicyV2,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnResourcePolicy } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { secretArnOf } from './secret-arn.ts';

export interface TokenReadersProps {
  readonly secretArn: string;
  readonly secretName: string;
  /** Key of the secret. */
  readonly encryptionKey: IKey;
}

/** Who may read one access token: in this account by their own policies, elsewhere by those of the secret and its key. */
export class TokenReaders extends Construct {
  readonly #props: TokenReadersProps;
  #secretPolicy: SecretPolicy | undefined;

  constructor(scope: Construct, id: string, props: TokenReadersProps) {
    super(scope, id);
    this.#props = props;
  }

  /** Reading the secret, and decrypting it through Secrets Manager with this secret's encryption context: no other. */
  grantRead(grantee: IGrantable): Grant {
    return this.#livesElsewhere(grantee) ? this.#admit(grantee) : this.#allow(grantee);
  }

  /**
   * True when the grantee's account is another one, or may be: a role that is referred to by its ARN is taken at its word
   * where this stack does not know its own account. Should that be the same, then the policies of secret and key do as well.
   */
  #livesElsewhere({ grantPrincipal: { principalAccount } }: IGrantable): boolean {
    if (principalAccount === undefined) return false;
    const comparison = Token.compareStrings(principalAccount, Stack.of(this).account);
    return comparison !== TokenComparison.SAME && comparison !== TokenComparison.BOTH_UNRESOLVED;
  }

  #allow(grantee: IGrantable): Grant {
    const { secretArn, encryptionKey } = this.#props;
    const read = Grant.addToPrincipal({ grantee, actions: READ, resourceArns: [secretArn] });
    // A principal without policies of its own, such as an ARN or an account.
    if (!read.success) return this.#admit(grantee);
    const decrypt = Grant.addToPrincipal({
      grantee,
      actions: DECRYPT,
      resourceArns: [encryptionKey.keyArn],
      conditions: { StringEquals: { ...this.#viaSecretsManager(), [SECRET_CONTEXT]: secretArn } },
    });
    return read.combine(decrypt);
  }

  #admit(grantee: IGrantable): Grant {
    const { secretName, encryptionKey } = this.#props;
    this.#secretPolicy ??= new SecretPolicy(this, 'Policy', this.#props.secretArn);
    const read = admit(grantee, READ, this.#secretPolicy);
    const decrypt = admit(grantee, DECRYPT, encryptionKey, {
      StringEquals: this.#viaSecretsManager(),
      // By its name: the secret refers to the key already, and a reference back would be a circle.
      StringLike: { [SECRET_CONTEXT]: secretArnOf(this, secretName) },
    });
    return read.combine(decrypt);
  }

  #viaSecretsManager(): Record<string, string> {
    return { 'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com` };
  }
}

const READ = ['secretsmanager:GetSecretValue'];
const DECRYPT = ['kms:Decrypt'];
const SECRET_CONTEXT = 'kms:EncryptionContext:SecretARN';

/** The policy of a secret, of which Secrets Manager allows one. */
class SecretPolicy extends Construct implements IResourceWithPolicyV2 {
  readonly env: IResourceWithPolicyV2['env'];
  readonly #document = new PolicyDocument();

  constructor(scope: Construct, id: string, secretArn: string) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    this.env = { account, region };
    new CfnResourcePolicy(this, 'Resource', {
      secretId: secretArn,
      resourcePolicy: this.#document,
      blockPublicPolicy: true,
    });
  }

  addToResourcePolicy(statement: PolicyStatement): AddToResourcePolicyResult {
    this.#document.addStatements(statement);
    return { statementAdded: true, policyDependable: this };
  }
}

/** A statement in the policy of a resource. Written out: the construct library's grants leave its conditions out there. */
function admit(
  grantee: IGrantable,
  actions: string[],
  resource: IResourceWithPolicyV2,
  conditions: Record<string, Record<string, string>> = {},
): Grant {
  const resourceArns = ['*'];
  const principals = [grantee.grantPrincipal];
  const statement = new PolicyStatement({ actions, resources: resourceArns, principals, conditions });
  return Grant.addStatementToResourcePolicy({ grantee, actions, resourceArns, resource, statement });
}
