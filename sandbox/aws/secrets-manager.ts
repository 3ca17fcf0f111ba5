import { type AwsEndpoint, type Clock, jsonErrorAnswer, startAwsEndpoint } from './aws-endpoint.ts';
import { AwsError, awsFault } from './aws-error.ts';
import type { Pattern } from './faults.ts';
import type { Lag } from './secret-history.ts';
import { isOperation, runOperation } from './secret-operations.ts';
import { denyMissingSecret, isOfFunction } from './secret-permissions.ts';
import type { SecretsManagerOperation } from './secret-requests.ts';
import { SecretStore } from './secret-store.ts';

/** A running stand-in of AWS Secrets Manager. */
export interface SecretsManagerStandIn extends AwsEndpoint<SecretsManagerOperation, 'secret'> {
  /** The secrets themselves, to prepare and inspect them without logged calls. */
  readonly store: SecretStore;
  /** Reads may see a state as old as this; see `Lag`. Off by default. */
  lagReads(lag: Lag): void;
  /** Ends all lag. */
  catchUp(): void;
  /** Denies the KMS key of these secrets until `faults.clear()` or the returned function is called. */
  denyKms(secret?: Pattern): () => void;
}

/** The operations that encrypt or decrypt. A CreateSecret without a value does not. */
const OPERATIONS_USING_KMS = ['GetSecretValue', 'PutSecretValue'] as const;

/**
 * Starts a stand-in of AWS Secrets Manager on loopback, for the real SDKs: AWS JSON 1.1, staging labels as AWS
 * moves them, faults on demand. Signatures are not checked, and of the permissions only what `secret-permissions.ts` says. Region eu-west-1, account 000000000000.
 */
export async function startSecretsManager({
  clock,
}: {
  readonly clock: Clock;
}): Promise<SecretsManagerStandIn> {
  const store = new SecretStore(clock);
  const endpoint = await startAwsEndpoint<SecretsManagerOperation, 'secret'>({
    name: 'secretsmanager',
    clock,
    contentType: 'application/x-amz-json-1.1',
    encodeError: (error) => jsonErrorAnswer(error, 'Message'),
    describeCall: ({ operation, body }) => ({ operation, secret: nameIn(store, body) }),
    execute: ({ operation, body, headers }) => {
      if (!isOperation(operation))
        throw new AwsError('UnknownOperationException', `The stand-in knows no operation "${operation}".`);
      if (isOfFunction(headers)) denyMissingSecret(store, operation, secretIdIn(body));
      return { status: 200, body: JSON.stringify(runOperation(store, operation, body)) };
    },
  });

  return {
    ...endpoint,
    store,
    lagReads: (lag) => store.lagReads(lag),
    catchUp: () => store.catchUp(),
    denyKms: (secret = '*') => {
      const noKms = awsFault('AccessDeniedException', 'Access to KMS is not allowed');
      const lifts = OPERATIONS_USING_KMS.map((operation) =>
        endpoint.faults.deny({ operation, secret }, noKms),
      );
      return () => {
        for (const lift of lifts) lift();
      };
    },
  };
}

function nameIn(store: SecretStore, body: string): string | undefined {
  const given = secretIdIn(body);
  return given === undefined ? undefined : (store.find(given)?.name ?? given);
}

function secretIdIn(body: string): string | undefined {
  try {
    const { SecretId, Name } = JSON.parse(body);
    const given = SecretId ?? Name;
    return typeof given === 'string' ? given : undefined;
  } catch {
    return undefined;
  }
}
