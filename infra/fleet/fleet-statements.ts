import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { SealedKind } from '../../lambdas/core/secrets/sealing.ts';
import { allow } from '../function-role.ts';
import { sealingStatement } from '../sealing-statement.ts';
import type { SealedTables } from './sealed-tables.ts';

interface Sealed {
  readonly secretPrefix: string;
  readonly encryptionKey: IKey;
}

/**
 * What the refresher may do in the second store: publish tokens, which it can encrypt and not decrypt, and read credentials, which it can
 * decrypt and not encrypt.
 */
export function allowToRefreshSealed(
  role: Role,
  {
    tokens,
    credentials,
    acceptRotatedRefreshTokens,
    ...sealed
  }: Sealed & SealedTables & { readonly acceptRotatedRefreshTokens: boolean },
): void {
  allow(role, READ_AND_WRITE, [tokens.tableArn]);
  allowToSeal(role, sealed, 'access-token', ['kms:Encrypt']);
  if (acceptRotatedRefreshTokens) {
    allowToStoreCredentials(role, { credentials, ...sealed });
  } else {
    allow(role, ['dynamodb:GetItem'], [credentials.tableArn]);
    allowToSeal(role, sealed, 'credentials', ['kms:Decrypt']);
  }
}

/** What those may do who replace credentials in the second store. */
export function allowToStoreCredentials(
  role: Role,
  { credentials, ...sealed }: Sealed & { readonly credentials: Table },
): void {
  allow(role, READ_AND_WRITE, [credentials.tableArn]);
  allowToSeal(role, sealed, 'credentials', ['kms:Encrypt', 'kms:Decrypt']);
}

const READ_AND_WRITE = ['dynamodb:GetItem', 'dynamodb:PutItem'];

function allowToSeal(
  role: Role,
  { encryptionKey, secretPrefix }: Sealed,
  kind: SealedKind,
  actions: readonly ('kms:Encrypt' | 'kms:Decrypt')[],
): void {
  role.addToPolicy(
    sealingStatement({
      actions,
      keyArn: encryptionKey.keyArn,
      deployment: secretPrefix,
      kinds: [kind],
      of: { key: 'connection' },
    }),
  );
}
