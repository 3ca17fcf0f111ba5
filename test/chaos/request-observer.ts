import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { RefresherProcess } from '../../sandbox/processes/refresher-process.ts';
import { productOf } from '../../sandbox/processes/worker-protocol.ts';

/** A request of a refresher process, as it arrives at a simulator. */
export interface ObservedRequest {
  readonly from: RefresherProcess;
  /** `token` at Zoho, otherwise the operation of AWS, e.g. `PutSecretValue`. */
  readonly operation: string;
  /** The connection whose token is requested. Known at Zoho only. */
  readonly connection: string | undefined;
  /** The previous operation of the same process. */
  readonly previous: string | undefined;
}

/** Called before the simulator handles the request. */
export interface RequestListener {
  onCall(call: ObservedRequest): void;
  /** It was answered, or the caller hung up. */
  onEnd(call: ObservedRequest): void;
}

const REQUEST_STARTS = 'http.server.request.start';

/**
 * Observes every request that refresher processes send to the simulators: who sent it, when it arrived and when it ended.
 * Each connection must be in a data center of its own.
 */
export class RequestObserver {
  readonly #processes = new Map<string, RefresherProcess>();
  readonly #lastOperation = new Map<RefresherProcess, string>();
  readonly #connectionAtPort: ReadonlyMap<number, string>;
  readonly #awsPorts: ReadonlySet<number>;
  readonly #listener: RequestListener;
  readonly #onRequest = (message: unknown) =>
    this.#see(message as { request: IncomingMessage; response: ServerResponse });

  constructor(world: LocalDeployment, listener: RequestListener) {
    this.#listener = listener;
    this.#connectionAtPort = new Map(
      Object.entries(world.config.declaredConnections).map(([connection, { dataCenter }]) => [
        portOf(world.zoho.origins[dataCenter]),
        connection,
      ]),
    );
    this.#awsPorts = new Set(
      [
        world.aws.dynamoDb.endpoint,
        world.aws.secretsManager.endpoint,
        world.aws.eventBridge.endpoint,
        world.aws.sns.endpoint,
      ].map(portOf),
    );
    subscribe(REQUEST_STARTS, this.#onRequest);
  }

  /** Starts to report the requests of this process. */
  add(refresher: RefresherProcess): void {
    this.#processes.set(productOf(refresher.name), refresher);
  }

  /** The latest operation of a process. */
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
