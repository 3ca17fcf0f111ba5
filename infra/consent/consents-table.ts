import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { REMOVAL_POLICIES } from '../removal-policies.ts';
import type { Settings } from '../settings/settings.ts';

/** What the sweep has to finish or revoke, by its time. */
const SWEEP_INDEX = 'sweep';
/** Who authorized which connections, by client, data center and Zoho user. */
const GRANTOR_INDEX = 'grantor';

/**
 * Invites, attempts, and who authorized which connection. A table of its own: among the connections, an invite would be a
 * malformed row. Rows of invites expire; `expireAt` is for cleaning up only, because DynamoDB deletes "within two days".
 */
export function createConsentsTable(
  scope: Construct,
  id: string,
  { terminationProtection, removalPolicy }: Pick<Settings, 'terminationProtection' | 'removalPolicy'>,
): Table {
  const table = new Table(scope, id, {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'expireAt',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: terminationProtection,
    removalPolicy: REMOVAL_POLICIES[removalPolicy],
  });
  table.addGlobalSecondaryIndex({
    indexName: SWEEP_INDEX,
    partitionKey: { name: 'sweepQueue', type: AttributeType.STRING },
    sortKey: { name: 'sweepAt', type: AttributeType.NUMBER },
    projectionType: ProjectionType.ALL,
  });
  table.addGlobalSecondaryIndex({
    indexName: GRANTOR_INDEX,
    partitionKey: { name: 'grantor', type: AttributeType.STRING },
    sortKey: { name: 'authorizedAt', type: AttributeType.NUMBER },
    projectionType: ProjectionType.INCLUDE,
    nonKeyAttributes: ['connection'],
  });
  return table;
}

/** The ARNs of the two indexes. */
export function consentIndexArns(table: Table): string[] {
  return [SWEEP_INDEX, GRANTOR_INDEX].map((index) => `${table.tableArn}/index/${index}`);
}
