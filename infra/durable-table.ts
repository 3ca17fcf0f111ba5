import { AttributeType, BillingMode, Table, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { REMOVAL_POLICIES } from './removal-policies.ts';
import type { Settings } from './settings/settings.ts';

/** What the settings decide about every table. */
export type TableSettings = Pick<Settings, 'terminationProtection' | 'removalPolicy'>;

/** A table with this key (a text), paid by request, that can be restored to any second of the last 35 days. */
export function createDurableTable(
  scope: Construct,
  id: string,
  {
    key,
    settings: { terminationProtection, removalPolicy },
    ...others
  }: { readonly key: string; readonly settings: TableSettings } & Pick<TableProps, 'timeToLiveAttribute'>,
): Table {
  return new Table(scope, id, {
    partitionKey: { name: key, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: terminationProtection,
    removalPolicy: REMOVAL_POLICIES[removalPolicy],
    ...others,
  });
}

/** ARNs of indexes of a table. */
export function indexArnsOf({ tableArn }: Table, indexes: readonly string[]): string[] {
  return indexes.map((index) => `${tableArn}/index/${index}`);
}
