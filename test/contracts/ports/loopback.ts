import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { createTokenSecrets } from '../../../lambdas/adapters/token-secrets.ts';
import { composeDependencies } from '../../../lambdas/refresher/compose-refresher.ts';
import type { AwsFaultCode } from '../../../sandbox/aws/aws-error.ts';
import type { Faults } from '../../../sandbox/aws/faults.ts';
import { LocalDeployment } from '../../../sandbox/deployment/local-deployment.ts';
import type { Fault } from '../../../sandbox/zoho/zoho-simulator.ts';
import { ZOHO_FAULTS, type ZohoCallPlan } from '../../simulation/zoho-faults.ts';
import { NOW_MS } from '../../support/builders.ts';
import { turn, watch } from './calls.ts';
import type { AwsFault, AwsOperation, PortsUnderTest } from './contract.ts';

/** How often the SDK sends a request before it gives up. */
const ATTEMPTS = 3;

/** Turns of the event loop in which a finished call settles and a closed connection is noticed. */
const TURNS_TO_SETTLE = 20;

/** Faults of the simulation that are not answers of Zoho, as faults of the simulator over HTTP. */
const TRANSPORT_FAULTS: Readonly<Record<string, Fault>> = {
  'reset before the mint': { kind: 'drop' },
  'reset after the mint': { kind: 'drop', withEffect: true },
  'no answer': { kind: 'hang' },
  'no answer after the mint': { kind: 'hang', withEffect: true },
};

/** Ports over AWS and Zoho on loopback, with the real SDK and the real `fetch`. */
export class LoopbackPorts {
  readonly #deployment: LocalDeployment;
  #count = 0;

  private constructor(deployment: LocalDeployment) {
    this.#deployment = deployment;
  }

  static async start(): Promise<LoopbackPorts> {
    return new LoopbackPorts(await LocalDeployment.start({ startMs: NOW_MS, connections: {} }));
  }

  /** Ports with an empty table and unused names of secrets. */
  async fresh(): Promise<PortsUnderTest> {
    this.#count += 1;
    const secretPrefix = `zoho-${this.#count}`;
    const { aws, zoho, clock, config } = this.#deployment;
    const { tableName } = config;
    const world = { ...this.#deployment.dependencies, config: { ...config, secretPrefix } };
    const { dynamoDb } = world.aws;
    await this.#emptyTable(dynamoDb);
    // What one try of a publish does; `persist` says when there is another one.
    const tokens = createTokenSecrets(world.aws.secretsManager, secretPrefix);
    const ports = { ...composeDependencies(world), tokens };
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
        failNext: (fault) => {
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
      failNext: (operation, fault) => {
        reached = this.#injectAws(operation, fault);
      },
      begin: async (start) => {
        const call = watch(start(ports));
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
    return this.#deployment.close();
  }

  /** Deletes the rows that were written since the last time. */
  async #emptyTable(client: DynamoDBClient): Promise<void> {
    const { dynamoDb, tableName } = this.#deployment.aws;
    const written = new Set(dynamoDb.calls.map(({ connection }) => connection));
    for (const name of written) {
      if (name === undefined) continue;
      const Key = { connection: { S: name } };
      await client.send(new DeleteItemCommand({ TableName: tableName, Key }));
    }
    dynamoDb.resetCalls();
  }

  /** Resolves when the call has arrived that gets no answer; at once for every other fault. */
  #injectAws(operation: AwsOperation, fault: AwsFault): Promise<void> {
    const { dynamoDb, secretsManager } = this.#deployment.aws;
    const isOfSecrets = operation.includes('Secret');
    const faults: Faults<{ readonly operation: string }> = isOfSecrets
      ? secretsManager.faults
      : dynamoDb.faults;
    const internalError = isOfSecrets ? 'InternalServiceError' : 'InternalServerError';
    const failing = (error: AwsFaultCode, times: number, afterEffect = false) =>
      faults.failNext({ operation, error, times, afterEffect });
    const inject: Record<AwsFault, () => Promise<void> | void> = {
      denied: () => failing('AccessDeniedException', 1),
      throttled: () => failing('ThrottlingException', ATTEMPTS),
      'error without effect': () => failing(internalError, ATTEMPTS),
      'error with effect': () => failing(internalError, ATTEMPTS, true),
      'answer lost, tried again': () => faults.dropNext({ operation, afterEffect: true }),
      'no answer': () => faults.hangNext({ operation }).reached,
    };
    return Promise.resolve(inject[fault]());
  }
}

function faultNamed(name: string): Fault {
  const plan: ZohoCallPlan | undefined = ZOHO_FAULTS[name]?.[1]((_what, minMs) => minMs);
  const fault = TRANSPORT_FAULTS[name] ?? plan?.answerFault;
  if (fault === undefined) throw new Error(`The simulator of Zoho has no fault "${name}".`);
  return fault;
}
