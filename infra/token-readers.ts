import { Stack } from 'aws-cdk-lib';
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
import {
  DECRYPT,
  grantReadByOwnPolicy,
  isInAnotherAccount,
  READ,
  SECRET_CONTEXT,
} from './consumer-grants.ts';
import { secretArnOf } from './secret-arn.ts';
import { viaSecretsManager } from './via-secrets-manager.ts';

export interface TokenReadersProps {
  readonly secretArn: string;
  readonly secretName: string;
  /** Key of the secret. */
  readonly encryptionKey: IKey;
}

/** Grants for one access token: through the policies of readers in this account, of the secret and its key for others. */
export class TokenReaders extends Construct {
  readonly #props: TokenReadersProps;
  #secretPolicy: SecretPolicy | undefined;

  constructor(scope: Construct, id: string, props: TokenReadersProps) {
    super(scope, id);
    this.#props = props;
  }

  /** Allows reading the secret, and decrypting it through Secrets Manager with the encryption context of this secret only. */
  grantRead(grantee: IGrantable): Grant {
    return isInAnotherAccount(this, grantee)
      ? this.#grantByResourcePolicies(grantee)
      : this.#grantByOwnPolicy(grantee);
  }

  #grantByOwnPolicy(grantee: IGrantable): Grant {
    const { secretArn, encryptionKey } = this.#props;
    const secret = {
      secretArn,
      isPattern: false,
      keyArn: encryptionKey.keyArn,
      via: viaSecretsManager(this),
    };
    const granted = grantReadByOwnPolicy(grantee, secret);
    return granted.success ? granted : this.#grantByResourcePolicies(grantee);
  }

  #grantByResourcePolicies(grantee: IGrantable): Grant {
    const { secretName, encryptionKey } = this.#props;
    this.#secretPolicy ??= new SecretPolicy(this, 'Policy', this.#props.secretArn);
    const read = addStatement(grantee, READ, this.#secretPolicy);
    const decrypt = addStatement(grantee, DECRYPT, encryptionKey, {
      StringEquals: viaSecretsManager(this),
      // By name: the secret already refers to the key, so a reference would be circular.
      StringLike: { [SECRET_CONTEXT]: secretArnOf(this, secretName) },
    });
    return read.combine(decrypt);
  }
}

/** The policy of a secret. Secrets Manager allows one per secret. */
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

/** Adds a statement to the policy of a resource. The construct library's own grants drop its conditions there. */
function addStatement(
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
