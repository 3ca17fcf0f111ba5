import { type AwsEndpoint, type Clock, jsonErrorAnswer, startAwsEndpoint } from './aws-endpoint.ts';
import { AwsError, awsFault } from './aws-error.ts';
import { Faults, type Pattern } from './faults.ts';
import type { Lag } from './secret-history.ts';
import { isOperation, runOperation } from './secret-operations.ts';
import type { SecretsManagerOperation } from './secret-requests.ts';
import { SecretStore } from './secret-store.ts';

/** Which requests a fault strikes; `secret` is matched against the secret's name, also when an ARN was sent. */
export interface SecretsManagerTarget {
  readonly operation: SecretsManagerOperation | '*';
  readonly secret?: Pattern;
}

/** A call as it is logged: `secret` is the secret's name. Values are never kept. */
export type SecretsManagerCall = {
  readonly operation: string;
  readonly secret: string | undefined;
};

/** A running stand-in of AWS Secrets Manager. */
export interface SecretsManagerStandIn extends AwsEndpoint<SecretsManagerCall> {
  /** The secrets themselves: to prepare them and to look at the truth, without a call being logged. */
  readonly store: SecretStore;
  readonly faults: Faults<SecretsManagerTarget>;
  /** Reads may see a state as old as this; see `Lag`. Off by default. */
  lagReads(lag: Lag): void;
  /** `AWSPREVIOUS` follows as late as this. Off by default. */
  lagPrevious(lag: Lag): void;
  /** Ends all lag. */
  catchUp(): void;
  /** The KMS key of these secrets can't be used until the function returned is called, or `faults.clear()`. */
  denyKms(secret?: Pattern): () => void;
}

/** How to start the stand-in. */
export interface SecretsManagerOptions {
  readonly clock: Clock;
  /** Any free port by default. */
  readonly port?: number | undefined;
}

/** The operations that encrypt or decrypt. A CreateSecret without a value does not. */
const OPERATIONS_USING_KMS = ['GetSecretValue', 'PutSecretValue'] as const;

/**
 * Starts a stand-in of AWS Secrets Manager on loopback, for the real SDKs: AWS JSON 1.1, staging labels as AWS
 * moves them, faults on demand. Signatures are not checked. Region eu-west-1, account 000000000000.
 */
export async function startSecretsManager(options: SecretsManagerOptions): Promise<SecretsManagerStandIn> {
  const store = new SecretStore(options.clock);
  const faults = new Faults<SecretsManagerTarget>('secretsmanager');
  const endpoint = await startAwsEndpoint<SecretsManagerCall, SecretsManagerTarget>({
    ...options,
    faults,
    contentType: 'application/x-amz-json-1.1',
    encodeError: (error) => jsonErrorAnswer(error, 'Message'),
    describeCall: ({ operation, body }) => ({ operation, secret: nameIn(store, body) }),
    execute: ({ operation, body }) => {
      if (!isOperation(operation)) {
        throw new AwsError('UnknownOperationException', `The stand-in knows no operation "${operation}".`);
      }
      return { status: 200, body: JSON.stringify(runOperation(store, operation, body)) };
    },
  });

  return {
    ...endpoint,
    store,
    faults,
    lagReads: (lag) => store.lagReads(lag),
    lagPrevious: (lag) => store.lagPrevious(lag),
    catchUp: () => store.catchUp(),
    denyKms: (secret = '*') => {
      const noKms = awsFault('AccessDeniedException', 'Access to KMS is not allowed');
      const lifts = OPERATIONS_USING_KMS.map((operation) => faults.deny({ operation, secret }, noKms));
      return () => {
        for (const lift of lifts) {
          lift();
        }
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
