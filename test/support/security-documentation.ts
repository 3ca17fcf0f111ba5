import { renderFleetRoles } from './fleet-roles-documentation.ts';
import { allows, ROLES, readRoles, statementRows } from './roles-documentation.ts';

const SECRET = 'arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:PREFIX';
const FUNCTION = 'arn:PARTITION:lambda:REGION:ACCOUNT:function:FUNCTION';
const TABLE = 'arn:PARTITION:dynamodb:REGION:ACCOUNT:table/TABLE';
const CONSENT_API = 'arn:PARTITION:lambda:REGION:ACCOUNT:function:CONSENT_API';

/** What may be done: in words, the action of IAM, and a resource. */
const CAPABILITIES: readonly (readonly [what: string, action: string, resource: string])[] = [
  [
    'read the access token of its connection',
    'secretsmanager:GetSecretValue',
    `${SECRET}/crm-prod/access-token-AbCdEf`,
  ],
  [
    'read the access token of another connection',
    'secretsmanager:GetSecretValue',
    `${SECRET}/desk-us/access-token-AbCdEf`,
  ],
  [
    'read refresh tokens and client secrets',
    'secretsmanager:GetSecretValue',
    `${SECRET}/crm-prod/credentials-AbCdEf`,
  ],
  ['read secrets of shared clients', 'secretsmanager:GetSecretValue', `${SECRET}/acme-app/client-AbCdEf`],
  [
    'read other secrets of the account',
    'secretsmanager:GetSecretValue',
    `${SECRET.replace('PREFIX', 'others')}/database-AbCdEf`,
  ],
  ['publish an access token', 'secretsmanager:PutSecretValue', `${SECRET}/crm-prod/access-token-AbCdEf`],
  ['store credentials', 'secretsmanager:PutSecretValue', `${SECRET}/crm-prod/credentials-AbCdEf`],
  ['store a secret of a shared client', 'secretsmanager:PutSecretValue', `${SECRET}/acme-app/client-AbCdEf`],
  ['create secrets under the prefix', 'secretsmanager:CreateSecret', `${SECRET}/crm-acme/credentials-AbCdEf`],
  [
    'delete credentials, which can be restored',
    'secretsmanager:DeleteSecret',
    `${SECRET}/crm-prod/credentials-AbCdEf`,
  ],
  [
    'give others access to a secret',
    'secretsmanager:PutResourcePolicy',
    `${SECRET}/crm-prod/credentials-AbCdEf`,
  ],
  ['read rows of the connections table', 'dynamodb:GetItem', TABLE],
  ['change rows of the connections table', 'dynamodb:UpdateItem', TABLE],
  ['delete rows of the connections table', 'dynamodb:DeleteItem', TABLE],
  ['start a run of the schedule', 'lambda:InvokeFunction', `${FUNCTION}:schedule`],
  ['request a refresh as a consumer, of any connection', 'lambda:InvokeFunction', `${FUNCTION}:consumers`],
  ['request a refresh as an operator, of any connection', 'lambda:InvokeFunction', `${FUNCTION}:operators`],
  ['invoke the function past its aliases', 'lambda:InvokeFunction', FUNCTION],
  ['change the code of the function', 'lambda:UpdateFunctionCode', FUNCTION],
  ['read and change invites', 'dynamodb:PutItem', 'arn:PARTITION:dynamodb:REGION:ACCOUNT:table/CONSENTS'],
  [
    'show an invite, begin a consent, take the answer of Zoho',
    'lambda:InvokeFunction',
    `${CONSENT_API}:pages`,
  ],
  ['create and complete invites', 'lambda:InvokeFunction', `${CONSENT_API}:callers`],
  ['state which AWS principal signed a request', 'lambda:InvokeFunction', `${CONSENT_API}:http`],
  ['publish to on-call', 'sns:Publish', 'PAGE_TOPIC_ARN'],
];

/** The generated parts of SECURITY.md, each between its two markers. */
const PARTS: Readonly<Record<string, () => string>> = {
  roles: renderTables,
  'roles of a fleet': renderFleetRoles,
};

/** SECURITY.md with up-to-date tables of the roles between their markers. */
export function renderSecurity(document: string): string {
  return Object.entries(PARTS).reduce((text, [part, render]) => {
    const start = `<!-- ${part}: written by \`npm run docs\` -->`;
    const end = `<!-- end of ${part} -->`;
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from === -1 || to < from) throw new Error(`SECURITY.md needs the lines ${start} and ${end}.`);
    return `${text.slice(0, from)}${start}\n\n${render()}\n\n${text.slice(to)}`;
  }, document);
}

function renderTables(): string {
  const roles = readRoles();
  const rotating = readRoles({ acceptRotatedRefreshTokens: true });
  const cell = (role: (typeof ROLES)[number], action: string, resource: string) => {
    if (allows(roles[role], action, resource)) return 'yes';
    return allows(rotating[role], action, resource) ? 'with `acceptRotatedRefreshTokens`' : 'no';
  };
  const matrix = CAPABILITIES.map(
    ([what, action, resource]) =>
      `| ${what} | ${ROLES.map((role) => cell(role, action, resource)).join(' | ')} |`,
  );
  const deployed = ROLES.filter((role) => role !== 'operator');
  return [
    `| may | ${ROLES.join(' | ')} |`,
    `|---|${ROLES.map(() => '---|').join('')}`,
    ...matrix,
    '',
    'All statements of the five roles in AWS. The last two exist with the setting `consent` only:',
    '',
    '| role | actions | on | if |',
    '|---|---|---|---|',
    ...deployed.flatMap((role) => statementRows(role, roles[role])),
  ].join('\n');
}
