import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { SealedKind } from '../../lambdas/core/secrets/sealing.ts';
import { sealingConditions } from '../sealing-statement.ts';

/** The table of tokens, as its readers know it. */
export interface ReadableTable {
  readonly tableArn: string;
  readonly tableName: string;
}

/**
 * Allows a grantee by its own policy to look for a token in the table. Of one connection: the key condition of DynamoDB, with its check
 * that a key is given at all
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html).
 *
 * @param connection - every connection if undefined
 */
export function grantGetToken(grantee: IGrantable, tableArn: string, connection: string | undefined): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ['dynamodb:GetItem'],
    resourceArns: [tableArn],
    ...(connection !== undefined && {
      conditions: {
        'ForAllValues:StringEquals': { [LEADING_KEYS]: [connection] },
        Null: { [LEADING_KEYS]: 'false' },
      },
    }),
  });
}

const LEADING_KEYS = 'dynamodb:LeadingKeys';

/** Allows a grantee by its own policy to decrypt the tokens of one connection, or of all. */
export function grantUnsealToken(
  grantee: IGrantable,
  {
    keyArn,
    secretPrefix,
    connection,
  }: { readonly keyArn: string; readonly secretPrefix: string; readonly connection: string | undefined },
): Grant {
  const kind: SealedKind = 'access-token';
  return Grant.addToPrincipal({
    grantee,
    actions: ['kms:Decrypt'],
    resourceArns: [keyArn],
    conditions: sealingConditions({
      deployment: secretPrefix,
      kinds: [kind],
      of: { key: 'connection', name: connection },
    }),
  });
}
