import { createCredentialsSecrets } from '../../../lambdas/adapters/credentials-secrets.ts';
import { createSealedCredentials } from '../../../lambdas/adapters/sealed/sealed-credentials.ts';
import { createSealer } from '../../../lambdas/adapters/sealed/sealer.ts';
import { createTokenSecrets } from '../../../lambdas/adapters/token-secrets.ts';
import type { SecretStores } from '../../../lambdas/core/ports.ts';
import { createRotatedCredentials } from '../../../lambdas/refresher/adapters/rotated-credentials.ts';
import { createSealedRotations } from '../../../lambdas/refresher/adapters/sealed-rotations.ts';
import { createSealedTokens } from '../../../lambdas/refresher/adapters/sealed-tokens.ts';
import { secretText } from '../../../sandbox/aws/secret-record.ts';
import { SecretStore } from '../../../sandbox/aws/secret-store.ts';
import { AWS_FAULTS, answeredByAws } from '../../simulation/aws-faults.ts';
import type { Between, CallPlan } from '../../simulation/call-plan.ts';
import { Environment } from '../../simulation/environment.ts';
import { EventQueue } from '../../simulation/event-queue.ts';
import { SEALED_TABLES, SealedStore } from '../../simulation/sealed-store.ts';
import { createSimulatedClients } from '../../simulation/simulated-aws.ts';
import { SimulatedKms } from '../../simulation/simulated-kms.ts';
import { SimulatedTable } from '../../simulation/simulated-table.ts';
import { KEY_ARN, NOW_MS } from '../../support/builders.ts';
import { completeCall } from '../ports/complete-call.ts';
import { editedItem, type Stores, type StoreUnderTest, type WriteError } from './contract.ts';

const PREFIX = 'zoho';
const quiet = () => {};
/** Every random duration is the shortest. */
const shortest: Between = (_what, minMs) => minMs;
const FAULTS: Readonly<Record<WriteError, string>> = {
  AccessDeniedException: 'denied',
  ThrottlingException: 'throttled',
};

/** Both stores of a simulated world, with no faults but those that are requested. */
export function simulateStores(): Stores {
  const queue = new EventQueue(NOW_MS);
  const secrets = new SecretStore(queue);
  const kms = new SimulatedKms();
  const sealed = new SealedStore({ now: () => queue.now(), kms, secrets, secretPrefix: PREFIX });
  const faults = new PlannedFaults();
  const aws = createSimulatedClients(
    {
      ...{ queue, secrets, kms, sealed },
      table: new SimulatedTable({
        now: () => queue.now(),
        indexLagMs: () => 0,
        returnsOldItem: () => true,
        onWrite: quiet,
      }),
      plan: (call) => faults.planOf(call),
      ...{ onSecretsChanged: quiet, onAnnounced: quiet, onNotificationSent: quiet, onNotified: quiet },
      trace: quiet,
    },
    new Environment('P0', { queue, skewMs: 0, onDelivered: quiet }),
  );
  const complete = <T>(call: Promise<T>) => completeCall(queue, call);
  const sealer = createSealer(aws.kms, { keyArn: KEY_ARN, secretPrefix: PREFIX });
  const credentials = createSealedCredentials(aws.dynamoDb, { tableName: SEALED_TABLES.credentials, sealer });
  let count = 0;
  const nameOf = (what: string) => {
    count += 1;
    return `${what}-${count}`;
  };
  /** The secrets exist in both cases: what is sealed is copied to them, for the checks of a world. */
  const createSecrets = () => {
    const name = nameOf('connection');
    for (const kind of ['access-token', 'credentials']) secrets.create({ name: `${PREFIX}/${name}/${kind}` });
    return name;
  };
  const readToken = (name: string) => Promise.resolve(secrets.currentText(`${PREFIX}/${name}/access-token`));

  return {
    inSecretsManager: {
      ports: completed(complete, {
        credentials: createCredentialsSecrets(aws.secretsManager, PREFIX),
        rotatedCredentials: createRotatedCredentials(aws.secretsManager, PREFIX),
        tokens: createTokenSecrets(aws.secretsManager, PREFIX),
      }),
      newConnection: () => Promise.resolve(createSecrets()),
      readToken,
      writeTokenByHand: (name, generation) => {
        const value = secretText(JSON.stringify({ access_token: 'by hand', generation }));
        secrets.put(`${PREFIX}/${name}/access-token`, { token: nameOf('edit').padEnd(36, '-'), value });
        return Promise.resolve();
      },
      storeCredentials: (name, text) => {
        const token = nameOf('version').padEnd(36, '-');
        secrets.put(`${PREFIX}/${name}/credentials`, { token, value: secretText(text) });
        return Promise.resolve(token);
      },
      ...faults.of({ read: 'GetSecretValue', write: 'PutSecretValue' }),
    },
    inDynamoDb: {
      ports: completed(complete, {
        credentials,
        rotatedCredentials: createSealedRotations(credentials),
        tokens: createSealedTokens(aws.dynamoDb, { tableName: SEALED_TABLES.tokens, sealer }),
      }),
      newConnection: () => {
        const name = createSecrets();
        sealed.add(name);
        return Promise.resolve(name);
      },
      readToken,
      writeTokenByHand: (name, generation) => {
        sealed.tables.get(SEALED_TABLES.tokens)?.plant(editedItem(name, generation));
        return Promise.resolve();
      },
      storeCredentials: (name, text) => {
        const versionId = nameOf('version').padEnd(36, '-');
        sealed.storeCredentials(name, text, versionId);
        return Promise.resolve(versionId);
      },
      ...faults.of({ read: 'GetItem', write: 'PutItem' }),
    },
    sealer: {
      seal: (...given) => complete(sealer.seal(...given)),
      open: (...given) => complete(sealer.open(...given)),
    },
  };
}

/** What happens to the next calls, by the operation. */
class PlannedFaults {
  readonly #next = new Map<string, string>();
  readonly #denied = new Set<string>();

  of({
    read,
    write,
  }: {
    readonly read: string;
    readonly write: string;
  }): Pick<StoreUnderTest, 'denyReads' | 'loseAnswer' | 'failWrites'> {
    return {
      denyReads: () => {
        this.#denied.add(read);
        return () => this.#denied.delete(read);
      },
      loseAnswer: () => void this.#next.set(write, 'answer lost, tried again'),
      failWrites: (error) => void this.#next.set(write, FAULTS[error]),
    };
  }

  planOf(call: string): CallPlan {
    const operation = call.split(' ').at(-1) ?? '';
    const fault = this.#denied.has(operation) ? 'denied' : this.#next.get(operation);
    this.#next.delete(operation);
    return fault === undefined ? answeredByAws(shortest) : faultNamed(fault);
  }
}

function faultNamed(name: string): CallPlan {
  const plan = AWS_FAULTS[name]?.[1](shortest);
  if (plan === undefined) throw new Error(`The simulation has no fault "${name}".`);
  return plan;
}

/** The ports with every call run to its end. */
function completed(
  complete: <T>(call: Promise<T>) => Promise<T>,
  { credentials, rotatedCredentials, tokens }: SecretStores,
): SecretStores {
  return {
    credentials: { read: (...given) => complete(credentials.read(...given)) },
    rotatedCredentials: {
      store: (...given) => complete(rotatedCredentials.store(...given)),
      recover: (...given) => complete(rotatedCredentials.recover(...given)),
    },
    tokens: {
      lastPublished: (...given) => complete(tokens.lastPublished(...given)),
      publish: (...given) => complete(tokens.publish(...given)),
    },
  };
}
