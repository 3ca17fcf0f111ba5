import { startAwsEndpoint } from '../../sandbox/aws/aws-endpoint.ts';
import { AwsError } from '../../sandbox/aws/aws-error.ts';
import {
  queryAnswer,
  queryErrorAnswer,
  readQuery,
  XML_CONTENT_TYPE,
} from '../../sandbox/aws/query-protocol.ts';

/** A role or a user of the account. */
export interface IamPrincipal {
  readonly kind: 'role' | 'user';
  readonly name: string;
  /** @default '/' */
  readonly path?: string;
  /** What the policy simulator says of any action. */
  readonly decision: 'allowed' | 'implicitDeny' | 'explicitDeny' | 'gone';
}

const ACCOUNT = 'arn:aws:iam::000000000000';
const PAGE_LENGTH = 2;

/** IAM, as far as one can ask who may do what: pages of two, and the simulator's verdict on each principal. */
export async function startIam(principals: readonly IamPrincipal[]) {
  const simulated: { readonly principal: string; readonly resource: string | undefined }[] = [];
  const endpoint = await startAwsEndpoint<string>({
    name: 'iam',
    clock: { now: () => 0 },
    contentType: XML_CONTENT_TYPE,
    encodeError: queryErrorAnswer,
    describeCall: ({ body }) => ({ operation: readQuery(body).get('Action') ?? '' }),
    execute: ({ body }) => {
      const query = readQuery(body);
      const action = query.get('Action') ?? '';
      if (action === 'ListRoles') return list(action, 'Roles', 'RoleName', principals, query);
      if (action === 'ListUsers') return list(action, 'Users', 'UserName', principals, query);
      if (action !== 'SimulatePrincipalPolicy') throw new AwsError('InvalidAction', action);
      const arn = query.get('PolicySourceArn') ?? '';
      const found = principals.find((principal) => arnOf(principal) === arn);
      if (found === undefined || found.decision === 'gone') throw new AwsError('NoSuchEntity', `no ${arn}`);
      simulated.push({ principal: found.name, resource: query.get('ResourceArns.member.1') });
      const EvalActionName = query.get('ActionNames.member.1') ?? '';
      return queryAnswer(action, {
        IsTruncated: false,
        EvaluationResults: [{ EvalActionName, EvalDecision: found.decision }],
      });
    },
  });
  return { ...endpoint, simulated };
}

function arnOf({ kind, path = '/', name }: Pick<IamPrincipal, 'kind' | 'name' | 'path'>): string {
  return `${ACCOUNT}:${kind}${path}${name}`;
}

function list(
  action: string,
  field: 'Roles' | 'Users',
  nameField: string,
  principals: readonly IamPrincipal[],
  query: ReadonlyMap<string, string>,
) {
  const kind = field === 'Roles' ? 'role' : 'user';
  const all = principals.filter((principal) => principal.kind === kind);
  const from = Number(query.get('Marker') ?? 0);
  const isTruncated = from + PAGE_LENGTH < all.length;
  return queryAnswer(action, {
    IsTruncated: isTruncated,
    Marker: isTruncated ? String(from + PAGE_LENGTH) : undefined,
    [field]: all.slice(from, from + PAGE_LENGTH).map((principal) => ({
      Path: principal.path ?? '/',
      [nameField]: principal.name,
      Arn: arnOf(principal),
      CreateDate: '2026-01-01T00:00:00Z',
    })),
  });
}
