import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { composeDependencies } from '../../../lambdas/refresher/compose-refresher.ts';
import type { AwsFaultCode } from '../../../sandbox/aws/aws-error.ts';
import type { Faults } from '../../../sandbox/aws/faults.ts';
import { LocalDeployment } from '../../../sandbox/deployment/local-deployment.ts';
import type { Fault } from '../../../sandbox/zoho/zoho-simulator.ts';
import { ZOHO_FAULTS, type ZohoCallPlan } from '../../simulation/zoho-faults.ts';
import { NOW_MS } from '../../support/builders.ts';
import { begun, turn } from './calls.ts';
import type { AwsOperation, AwsTrouble, PortsUnderTest } from './contract.ts';

/** The SDK sends a request as often before it gives up. */
const ATTEMPTS = 3;

/** Turns of the event loop in which a call that is over settles, and a connection that is cut is noticed. */
const TURNS_TO_SETTLE = 20;

/** Faults of the simulation that are none of Zoho's answers, as the simulator over HTTP makes them. */
const TRANSPORT_FAULTS: Readonly<Record<string, Fault>> = {
  'reset before the mint': { kind: 'drop' },
  'reset after the mint': { kind: 'drop', withEffect: true },
  'no answer': { kind: 'hang' },
  'no answer after the mint': { kind: 'hang', withEffect: true },
};

/** The ports over AWS and Zoho on loopback, spoken to by the real SDK and the real `fetch`. */
export class EmbeddedPorts {
  readonly #world: LocalDeployment;
  #count = 0;

  private constructor(world: LocalDeployment) {
    this.#world = world;
  }

  static async start(): Promise<EmbeddedPorts> {
    return new EmbeddedPorts(await LocalDeployment.start({ startMs: NOW_MS, connections: {} }));
  }

  /** Ports with an emptied table and names of secrets that nobody has used. */
  async fresh(): Promise<PortsUnderTest> {
    this.#count += 1;
    const secretPrefix = `zoho-${this.#count}`;
    const { aws, zoho, clock, config } = this.#world;
    const { tableName } = config;
    const world = { ...this.#world.dependencies, config: { ...config, secretPrefix } };
    const { dynamoDb } = world.aws;
    await this.#emptyTable(dynamoDb);
    const ports = composeDependencies(world);
    let reached: Promise<unknown> = Promise.resolve();

    return {
      clock,
      ports,
      secrets: aws.secretsManager.store,
      zoho: {
        register: (registration) => zoho.registerClient(registration),
        grant: (consent) => zoho.grant(consent),
        revoke: (refreshToken) => zoho.revoke(refreshToken),
        isValid: (accessToken) => zoho.isValid(accessToken),
        mintsWith: (refreshToken) =>
          zoho.tokenCallsWith(refreshToken).filter(({ outcome }) => outcome === 'minted').length,
        strikeNext: (fault) => {
          zoho.injectFault({ ...faultNamed(fault), calls: 1 });
          reached = new Promise((resolve) => {
            const stop = zoho.onTokenRequest(() => {
              stop();
              resolve(undefined);
              return undefined;
            });
          });
        },
      },
      secretOf: (kind) => `${secretPrefix}/crm-prod/${kind}`,
      putItem: async (item) => {
        await dynamoDb.send(new PutItemCommand({ TableName: tableName, Item: item }));
      },
      readItem: async (connection) => {
        const get = new GetItemCommand({ TableName: tableName, Key: { connection: { S: connection } } });
        return (await dynamoDb.send(get)).Item;
      },
      strikeNext: (operation, trouble) => {
        reached = this.#strikeAws(operation, trouble);
      },
      begin: async (start) => {
        const call = begun(start(ports));
        await reached;
        return call;
      },
      passTime: async (ms) => {
        clock.advance(ms);
        for (let count = 0; count < TURNS_TO_SETTLE; count += 1) await turn();
      },
    };
  }

  close(): Promise<void> {
    return this.#world.close();
  }

  /** Deletes what was written since the last time. */
  async #emptyTable(client: DynamoDBClient): Promise<void> {
    const { dynamoDb, tableName } = this.#world.aws;
    const written = new Set(dynamoDb.calls.map(({ connection }) => connection));
    for (const name of written) {
      if (name === undefined) continue;
      const Key = { connection: { S: name } };
      await client.send(new DeleteItemCommand({ TableName: tableName, Key }));
    }
    dynamoDb.resetCalls();
  }

  /** Resolves when a call that is not answered has arrived; at once for any other trouble. */
  #strikeAws(operation: AwsOperation, trouble: AwsTrouble): Promise<void> {
    const { dynamoDb, secretsManager } = this.#world.aws;
    const isOfSecrets = operation.includes('Secret');
    const faults: Faults<{ readonly operation: string }> = isOfSecrets
      ? secretsManager.faults
      : dynamoDb.faults;
    const internalError = isOfSecrets ? 'InternalServiceError' : 'InternalServerError';
    const failing = (error: AwsFaultCode, times: number, afterEffect = false) =>
      faults.failNext({ operation, error, times, afterEffect });
    const strikes: Record<AwsTrouble, () => Promise<void> | void> = {
      denied: () => failing('AccessDeniedException', 1),
      throttled: () => failing('ThrottlingException', ATTEMPTS),
      'error without effect': () => failing(internalError, ATTEMPTS),
      'error with effect': () => failing(internalError, ATTEMPTS, true),
      'answer lost, tried again': () => faults.dropNext({ operation, afterEffect: true }),
      'no answer': () => faults.hangNext({ operation }).reached,
    };
    return Promise.resolve(strikes[trouble]());
  }
}

function faultNamed(name: string): Fault {
  const plan: ZohoCallPlan | undefined = ZOHO_FAULTS[name]?.[1]((_what, minMs) => minMs);
  const fault = TRANSPORT_FAULTS[name] ?? plan?.answerFault;
  if (fault === undefined) throw new Error(`The simulator of Zoho has no fault "${name}".`);
  return fault;
}
