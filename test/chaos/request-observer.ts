import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { RefresherProcess } from '../../sandbox/processes/refresher-process.ts';
import { productOf } from '../../sandbox/processes/worker-protocol.ts';

/** A request of a refresher process, as it came in at a simulator. */
export interface WireCall {
  readonly from: RefresherProcess;
  /** `token` at Zoho, otherwise the operation of AWS, e.g. `PutSecretValue`. */
  readonly operation: string;
  /** Whose token was asked for: known at Zoho only. */
  readonly connection: string | undefined;
  /** The operation of the same process before this one. */
  readonly previous: string | undefined;
}

/** Told at once, before the simulator has looked at the request. */
export interface WireListener {
  onCall(call: WireCall): void;
  /** It was answered, or the caller has gone. */
  onEnd(call: WireCall): void;
}

const REQUEST_STARTS = 'http.server.request.start';

/**
 * Sees every request that refresher processes send to the simulators, from the sockets of the simulators: who sent it, when
 * it came, and when it was over. Each connection has to be in a data center of its own.
 */
export class WireTap {
  readonly #processes = new Map<string, RefresherProcess>();
  readonly #lastOperation = new Map<RefresherProcess, string>();
  readonly #connectionAtPort: ReadonlyMap<number, string>;
  readonly #awsPorts: ReadonlySet<number>;
  readonly #listener: WireListener;
  readonly #onRequest = (message: unknown) =>
    this.#see(message as { request: IncomingMessage; response: ServerResponse });

  constructor(world: LocalDeployment, listener: WireListener) {
    this.#listener = listener;
    this.#connectionAtPort = new Map(
      Object.entries(world.config.declaredConnections).map(([connection, { dataCenter }]) => [
        portOf(world.zoho.origins[dataCenter]),
        connection,
      ]),
    );
    this.#awsPorts = new Set(
      [world.aws.dynamoDb.endpoint, world.aws.secretsManager.endpoint, world.aws.eventBridge.endpoint].map(
        portOf,
      ),
    );
    subscribe(REQUEST_STARTS, this.#onRequest);
  }

  /** From now on the requests of this process are told of. */
  add(refresher: RefresherProcess): void {
    this.#processes.set(productOf(refresher.name), refresher);
  }

  /** The operation of the latest request of a process. */
  lastOperationOf(refresher: RefresherProcess): string | undefined {
    return this.#lastOperation.get(refresher);
  }

  close(): void {
    unsubscribe(REQUEST_STARTS, this.#onRequest);
  }

  #see({ request, response }: { request: IncomingMessage; response: ServerResponse }): void {
    const port = request.socket.localPort ?? 0;
    const connection = this.#connectionAtPort.get(port);
    const product = /\bapp\/\S+/.exec(request.headers['user-agent'] ?? '')?.[0] ?? '';
    const from = this.#processes.get(product);
    if (from === undefined || (connection === undefined && !this.#awsPorts.has(port))) return;

    const operation = connection === undefined ? operationOf(request) : 'token';
    const call = { from, operation, connection, previous: this.#lastOperation.get(from) };
    this.#lastOperation.set(from, operation);
    response.once('close', () => this.#listener.onEnd(call));
    this.#listener.onCall(call);
  }
}

function operationOf(request: IncomingMessage): string {
  const target = String(request.headers['x-amz-target']);
  return target.slice(target.lastIndexOf('.') + 1);
}

function portOf(origin: string): number {
  return Number(new URL(origin).port);
}
