import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { type ReadResult, tryRead } from '../aws/try-read.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

/** The key of the secrets. */
export interface KeyFacts {
  readonly arn: string;
  /** e.g. `Enabled`; undefined when KMS does not say. */
  readonly state: ReadResult<string | undefined>;
}

/** Reads the state of the key. */
export async function readEncryptionKey(session: Session): Promise<KeyFacts> {
  const { keyArn: arn } = await session.deployment();
  const state = await tryRead(async () => {
    const command = new DescribeKeyCommand({ KeyId: arn });
    const call = { action: 'kms:DescribeKey', resource: arn };
    return (await callAws(call, () => session.aws.kms.send(command))).KeyMetadata?.KeyState;
  });
  return { arn, state };
}

/** Whether the key encrypts and decrypts. Without it, no token can be published and no credentials can be read. */
export function judgeEncryptionKey({ arn, state }: KeyFacts): Finding {
  if (state.kind === 'unavailable') {
    return state.error.code === 'aws_not_found'
      ? fail('the KMS key of the secrets does not exist', 'See docs/runbooks/KeyDisabled.md.')
      : unavailable('the KMS key of the secrets', state.error);
  }
  switch (state.value) {
    case 'Enabled':
      return pass('enabled');
    case 'Disabled':
      return fail(
        'the KMS key of the secrets is disabled: nothing can be read or published',
        `Run: aws kms enable-key --key-id ${arn}. See docs/runbooks/KeyDisabled.md.`,
      );
    case 'PendingDeletion':
      return fail(
        'the KMS key of the secrets is scheduled for deletion. Once it is deleted, all credentials are lost',
        `Run: aws kms cancel-key-deletion --key-id ${arn}, then: aws kms enable-key --key-id ${arn}. See docs/runbooks/KeyDisabled.md.`,
      );
    default:
      return fail(
        `the KMS key of the secrets cannot be used: its state is ${state.value ?? 'unknown'}`,
        'See docs/runbooks/KeyDisabled.md.',
      );
  }
}
