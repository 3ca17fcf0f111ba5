import { z } from 'zod';
import { type AwsEndpoint, type Clock, startAwsEndpoint } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import type { KmsKeys } from './kms-keys.ts';
import { parseJson } from './secret-requests.ts';

/** A running stand-in of KMS. */
export type KmsStandIn = AwsEndpoint<'DescribeKey', 'key'>;

const requestSchema = z.object({ KeyId: z.string().min(1).max(2048) });

/** Starts a stand-in of KMS on loopback with one operation, DescribeKey, and one key: AWS JSON 1.1. */
export async function startKms({
  clock,
  keyArn,
  keys,
}: {
  readonly clock: Clock;
  readonly keyArn: string;
  /** The states, which Secrets Manager uses as well. */
  readonly keys: KmsKeys;
}): Promise<KmsStandIn> {
  return await startAwsEndpoint<'DescribeKey', 'key'>({
    name: 'kms',
    clock,
    contentType: 'application/x-amz-json-1.1',
    describeCall: ({ operation, body }) => ({ operation, key: readKeyId(body) }),
    execute: ({ operation, body }) => {
      if (operation !== 'DescribeKey')
        throw new AwsError('UnknownOperationException', `The stand-in knows no operation "${operation}".`);
      const keyId = readKeyId(body);
      if (keyId === undefined) throw new AwsError('ValidationException', 'KeyId is required.');
      if (keyId !== keyArn) throw new AwsError('NotFoundException', `Key '${keyId}' does not exist`);
      return { status: 200, body: JSON.stringify({ KeyMetadata: describe(keyArn, keys) }) };
    },
  });
}

function describe(keyArn: string, keys: KmsKeys): object {
  const KeyState = keys.stateOf(keyArn);
  return {
    Arn: keyArn,
    KeyId: keyArn.split('/').at(-1),
    KeyState,
    Enabled: KeyState === 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyManager: 'CUSTOMER',
  };
}

function readKeyId(body: string): string | undefined {
  return requestSchema.safeParse(parseJson(body)).data?.KeyId;
}
