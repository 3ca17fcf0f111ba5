import { ifSeen, type Look, look, missingOf } from '../../aws/try-read.ts';
import type { Session } from '../../session.ts';
import type { Patient } from '../diagnosed-connection.ts';
import { type Finding, pass, unknown, unseen } from '../finding.ts';
import { listPrincipals, type Principal } from './principals.ts';
import { readersByPolicy, readResourcePolicy } from './resource-policy.ts';
import { simulateReaders } from './simulation.ts';

/** More than this are only simulated when they are asked for: each costs a call. */
const MOST_PRINCIPALS = 200;

/** With so many names one line is enough. */
const FEW = 3;

/** Who may read the credentials secret, by both kinds of policy. */
export interface AccessFacts {
  /** Roles and users that were asked about. */
  readonly principals: number;
  /** Those of them that may read it. */
  readonly readers: readonly Principal[];
  /** The refresher's own role; undefined when that cannot be seen. */
  readonly refresherRoleArn: string | undefined;
  /** JSON of the policy on the secret; undefined when there is none. */
  readonly policy: Look<string | undefined>;
}

/** Asks IAM who may read the credentials. How many are too many is not for this to say: it names them. */
export async function checkAccess(
  session: Session,
  { name, secret, settings }: Patient,
  { asked, onProgress }: { readonly asked: boolean; readonly onProgress: (message: string) => void },
): Promise<Finding> {
  const what = 'who may read the credentials';
  if (secret.kind === 'unseen') return unseen(what, secret.error);
  if (secret.value === undefined) return unknown('there is no credentials secret to read');
  const { arn: secretArn } = secret.value;
  const secretName = (await session.secrets()).nameOf(name, 'credentials');
  const policy = await look(() =>
    readResourcePolicy(session.aws.secretsManager, { secretName, signal: session.signal() }),
  );
  const principals = await look(() => listPrincipals(session.aws.iam));
  if (principals.kind === 'unseen') return unseen(what, principals.error);
  const { length: count } = principals.value;
  if (count > MOST_PRINCIPALS && !asked)
    return unknown(
      `${count} principals: each is a question to IAM`,
      `zoho-tokens doctor ${name} --access asks them all`,
    );
  const readers = await look(() =>
    simulateReaders(session.aws.iam, principals.value, {
      secretArn,
      onProgress: (done) => onProgress(`${done} of ${count} principals`),
    }),
  );
  if (readers.kind === 'unseen') return unseen(what, readers.error);
  const refresherRoleArn = ifSeen(settings)?.roleArn;
  return judgeAccess({ principals: count, readers: readers.value, refresherRoleArn, policy });
}

/** Says who. It is no fault: whoever runs this has to know whom of them they expect. */
export function judgeAccess({ principals, readers, refresherRoleArn, policy }: AccessFacts): Finding {
  const others = readers.filter(({ arn }) => arn !== refresherRoleArn);
  const besides = refresherRoleArn === undefined ? '' : "besides the refresher's role: ";
  const labels = others.map(({ label }) => label);
  const isShort = labels.length <= FEW;
  const names = isShort ? labels.join(', ') || 'nobody' : String(labels.length);
  const byPolicy = policy.kind === 'seen' ? readersByPolicy(policy.value) : undefined;
  const found = [
    `of ${principals} roles and users, ${besides}${names} (as IAM's policy simulator sees it, without the organization's policies)`,
    policyInWords(policy, byPolicy),
  ].join('; ');
  const details = isShort ? [] : labels;
  if (policy.kind === 'unseen') return unknown(found, 'Look at the policy on the secret as well.', details);
  return byPolicy === undefined
    ? unknown(found, 'Look at the policy on the secret.', details)
    : pass(found, details);
}

function policyInWords(policy: AccessFacts['policy'], readers: readonly string[] | undefined): string {
  if (policy.kind === 'unseen')
    return `the secret's own policy could not be seen: ${missingOf(policy.error)}`;
  if (readers === undefined) return "the secret's own policy cannot be read";
  if (policy.value === undefined) return 'the secret has no policy of its own';
  return readers.length === 0
    ? "the secret's own policy lets nobody in"
    : `the secret's own policy lets in ${readers.join(', ')}`;
}
