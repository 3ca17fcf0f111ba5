import { describeFailedRead, type ReadResult, tryRead, valueIfRead } from '../../aws/try-read.ts';
import type { Session } from '../../session.ts';
import type { DiagnosedConnection } from '../diagnosed-connection.ts';
import { type Finding, pass, unavailable, unknown } from '../finding.ts';
import { listPrincipals, type Principal } from './principals.ts';
import { readersByPolicy, readResourcePolicy } from './resource-policy.ts';
import { simulateReaders } from './simulation.ts';

/** More principals than this are simulated only with `--access`, because each costs a call. */
const MAX_PRINCIPALS = 200;

/** Up to this many names are shown in the finding itself. */
const MAX_NAMES_IN_LINE = 3;

/** Who can read the credentials secret, by identity policies and by the policy on the secret. */
export interface AccessFacts {
  /** Number of roles and users that were simulated. */
  readonly principals: number;
  /** Those that can read the secret. */
  readonly readers: readonly Principal[];
  /** The refresher's own role; undefined when it could not be read. */
  readonly refresherRoleArn: string | undefined;
  /** JSON of the policy on the secret; undefined when the secret has none. */
  readonly policy: ReadResult<string | undefined>;
}

/** Asks IAM who can read the credentials. It lists them without judging: only the user knows who should have access. */
export async function checkAccess(
  session: Session,
  { name, row, secret, settings }: DiagnosedConnection,
  { asked, onProgress }: { readonly asked: boolean; readonly onProgress: (message: string) => void },
): Promise<Finding> {
  const what = 'the roles and users with access';
  if (secret.kind === 'unavailable') return unavailable(what, secret.error);
  if (secret.value === undefined) return unknown('there are no credentials');
  if (valueIfRead(row)?.store === 'dynamodb') {
    return unknown(
      'not checked for DynamoDB: whoever may use dynamodb:GetItem on the table of credentials and kms:Decrypt with the key of the secrets can read them',
    );
  }
  const { arn: secretArn } = secret.value;
  const secretName = (await session.secrets()).nameOf(name, 'credentials');
  const policy = await tryRead(() =>
    readResourcePolicy(session.aws.secretsManager, { secretName, signal: session.signal() }),
  );
  const principals = await tryRead(() => listPrincipals(session.aws.iam));
  if (principals.kind === 'unavailable') return unavailable(what, principals.error);
  const { length: count } = principals.value;
  if (count > MAX_PRINCIPALS && !asked)
    return unknown(
      `not checked: the account has ${count} principals, and each costs one call to IAM`,
      `Run: zoho-tokens doctor ${name} --access`,
    );
  const readers = await tryRead(() =>
    simulateReaders(session.aws.iam, principals.value, {
      secretArn,
      onProgress: (done) => onProgress(`${done} of ${count} principals`),
    }),
  );
  if (readers.kind === 'unavailable') return unavailable(what, readers.error);
  const refresherRoleArn = valueIfRead(settings)?.roleArn;
  return judgeAccess({ principals: count, readers: readers.value, refresherRoleArn, policy });
}

/** Lists the readers. Never fails, because any of them may be intended. */
export function judgeAccess({ principals, readers, refresherRoleArn, policy }: AccessFacts): Finding {
  const others = readers.filter(({ arn }) => arn !== refresherRoleArn);
  const besides = refresherRoleArn === undefined ? '' : " besides the refresher's role";
  const labels = others.map(({ label }) => label);
  const isShort = labels.length <= MAX_NAMES_IN_LINE;
  const names = isShort ? labels.join(', ') || 'none' : String(labels.length);
  const byPolicy = policy.kind === 'read' ? readersByPolicy(policy.value) : undefined;
  const found = [
    `readers${besides}, of ${principals} roles and users: ${names} (by IAM's policy simulator, without the organization's policies)`,
    describePolicy(policy, byPolicy),
  ].join('; ');
  const details = isShort ? [] : labels;
  return byPolicy === undefined
    ? unknown(found, "Check the secret's resource policy as well.", details)
    : pass(found, details);
}

function describePolicy(policy: AccessFacts['policy'], readers: readonly string[] | undefined): string {
  if (policy.kind === 'unavailable')
    return `the secret's resource policy could not be read: ${describeFailedRead(policy.error)}`;
  if (readers === undefined) return "the secret's resource policy is not valid JSON";
  if (policy.value === undefined) return 'the secret has no resource policy';
  return readers.length === 0
    ? "the secret's resource policy allows no one"
    : `the secret's resource policy allows ${readers.join(', ')}`;
}
