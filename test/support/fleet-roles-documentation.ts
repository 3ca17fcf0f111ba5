import { encryptionContext, SEALED_KINDS, type SealedKind } from '../../lambdas/core/secrets/sealing.ts';
import { addedByFleet, FLEET_ROLES, type FleetRole, readFleetRoles, TENANT } from './fleet-roles.ts';
import { encryptionKeys, type RequestContext } from './iam-conditions.ts';
import { allows, statementRows } from './roles-documentation.ts';

/** The action of IAM, the resource, and what the request says of itself. */
type Call = readonly [action: string, resource: string, context: RequestContext];

/** All calls of one way to do it. */
type Way = readonly Call[];

const TOKENS = 'arn:PARTITION:dynamodb:REGION:ACCOUNT:table/TOKENS_TABLE';
const CREDENTIALS = 'arn:PARTITION:dynamodb:REGION:ACCOUNT:table/CREDENTIALS_TABLE';
const SECRET = 'arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:PREFIX';
const SCHEDULE = 'arn:PARTITION:lambda:REGION:ACCOUNT:function:FUNCTION:schedule';
const OTHER_TENANT = 'desk-acme';

/** What may be done in a fleet: in words, and the ways to do it, one of which is enough. */
const CAPABILITIES: Readonly<Record<string, readonly Way[]>> = {
  'read the access token of its connection': [reading('access-token', TENANT)],
  'read the access token of another connection': [reading('access-token', OTHER_TENANT)],
  'read the item of another connection, without decrypting it': [[item('GetItem', TOKENS, OTHER_TENANT)]],
  'publish an access token': [writing('access-token')],
  'delete an access token': [[item('DeleteItem', TOKENS)]],
  'read refresh tokens and client secrets': [reading('credentials', TENANT)],
  'store credentials': [writing('credentials')],
  'delete credentials': [[item('DeleteItem', CREDENTIALS)]],
  'list the connections in a table': [[['dynamodb:Scan', TOKENS, {}]], [['dynamodb:Scan', CREDENTIALS, {}]]],
  'read the access token of its connection, while it is in Secrets Manager': [
    readingSecret(TENANT, 'access-token'),
  ],
  'read the access token of another connection in Secrets Manager': [
    readingSecret(OTHER_TENANT, 'access-token'),
  ],
  'decrypt what another deployment has sealed': decryptingEither({ deployment: 'others' }),
  'decrypt what is sealed with one key more in the context': decryptingEither({ more: 'x' }),
  'decrypt what is sealed for something else': [[kms('Decrypt', contextOf('note' as SealedKind))]],
  'start a run of a shard': [[['lambda:InvokeFunction', SCHEDULE, {}]]],
};

/** The tables of the roles of a fleet: what each may do in the second store, and the statements that a fleet adds. */
export function renderFleetRoles(): string {
  const roles = readFleetRoles();
  const rotating = readFleetRoles({ acceptRotatedRefreshTokens: true });
  const cell = (role: FleetRole, ways: readonly Way[]) => {
    if (isAllowed(roles[role], ways)) return 'yes';
    return isAllowed(rotating[role], ways) ? 'with `acceptRotatedRefreshTokens`' : 'no';
  };
  const added = addedByFleet();
  return [
    `| may | ${FLEET_ROLES.join(' | ')} |`,
    `|---|${FLEET_ROLES.map(() => '---|').join('')}`,
    ...Object.entries(CAPABILITIES).map(
      ([what, ways]) => `| ${what} | ${FLEET_ROLES.map((role) => cell(role, ways)).join(' | ')} |`,
    ),
    '',
    'All statements that a fleet adds to the roles in AWS, and to operators:',
    '',
    '| role | actions | on | if |',
    '|---|---|---|---|',
    ...FLEET_ROLES.flatMap((role) => statementRows(role, added[role])),
  ].join('\n');
}

function isAllowed(statements: ReturnType<typeof readFleetRoles>[FleetRole], ways: readonly Way[]): boolean {
  return ways.some((calls) => calls.every((call) => allows(statements, ...call)));
}

function reading(kind: SealedKind, connection: string): Way {
  return [item('GetItem', tableOf(kind), connection), kms('Decrypt', contextOf(kind, connection))];
}

function readingSecret(connection: string, kind: SealedKind): Way {
  return [['secretsmanager:GetSecretValue', `${SECRET}/${connection}/${kind}-AbCdEf`, {}]];
}

function writing(kind: SealedKind): Way {
  return [item('PutItem', tableOf(kind)), kms('Encrypt', contextOf(kind))];
}

/** A token or credentials, with a context that differs so from that of the connection. */
function decryptingEither(difference: Readonly<Record<string, string>>): readonly Way[] {
  return SEALED_KINDS.map((kind) => [kms('Decrypt', { ...contextOf(kind), ...difference })]);
}

function tableOf(kind: SealedKind): string {
  return kind === 'access-token' ? TOKENS : CREDENTIALS;
}

function contextOf(kind: SealedKind, connection = TENANT): Readonly<Record<string, string>> {
  return { ...encryptionContext('zoho', { kind, connection }) };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html */
function item(operation: string, table: string, connection = TENANT): Call {
  return [`dynamodb:${operation}`, table, { 'dynamodb:LeadingKeys': [connection] }];
}

function kms(operation: 'Encrypt' | 'Decrypt', encryption: Readonly<Record<string, string>>): Call {
  return [`kms:${operation}`, 'KEY_ARN', encryptionKeys(encryption)];
}
