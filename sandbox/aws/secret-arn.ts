import { createHash } from 'node:crypto';

const PREFIX = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:';
const SUFFIX_LENGTH = '-xxxxxx'.length;

/** The ARN of a new secret. Its last six characters are random in AWS; here they come from the ordinal. */
export function arnOf(name: string, ordinal: number): string {
  const digest = createHash('sha256').update(`${ordinal} ${name}`).digest('base64');
  return `${PREFIX}${name}-${digest.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, SUFFIX_LENGTH - 1)}`;
}

/** Whether this is an ARN rather than a name. */
export function isArn(secretId: string): boolean {
  return secretId.startsWith('arn:');
}

/** The names that a secret with this ARN can have: with the six characters at the end, or without. */
export function possibleNamesIn(arn: string): string[] {
  const name = arn.startsWith(PREFIX) ? arn.slice(PREFIX.length) : '';
  return [name, name.slice(0, -SUFFIX_LENGTH)];
}

/**
 * Whether an ARN, complete or without its last six characters, is that of this secret. A partial ARN that looks complete,
 * because the name ends with a hyphen and six characters, finds nothing.
 * Source: "Finding a secret from a partial ARN", Secrets Manager User Guide.
 */
export function isArnOf(secretArn: string, asked: string): boolean {
  const looksComplete = /-[A-Za-z0-9]{6}$/.test(asked);
  return asked === secretArn || (!looksComplete && asked === secretArn.slice(0, -SUFFIX_LENGTH));
}
