import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand } from '@aws-sdk/client-kms';
import { connect, createParts, type ZohoClient } from '../../lambdas/client/create-zoho-client.ts';
import { createRejectionMemory } from '../../lambdas/client/rejection-memory.ts';
import type { TokenTableOptions } from '../../lambdas/client/token-table.ts';
import type { ZohoAccessToken } from '../../lambdas/client/zoho-access-token.ts';
import { checkOptions } from '../../lambdas/client/zoho-client-options.ts';
import { lengthOf } from './call-plan.ts';
import { type ConsumerAws, createConsumerClients } from './consumer-clients.ts';
import type { Environment } from './environment.ts';
import type { ConsumerService } from './outages.ts';
import type { ConsumerCall, ConsumerResult } from './promises/consumer-facts.ts';
import { SEALED_TABLES } from './sealed-store.ts';
import type { Ailment, SimulatedApi } from './simulated-api.ts';
import { refresherArn } from './simulated-lambda.ts';

export interface ConsumerProcessOptions {
  readonly environment: Environment;
  readonly connection: string;
  readonly aws: Omit<ConsumerAws, 'plan'>;
  readonly plan: (call: string, service: ConsumerService) => ReturnType<ConsumerAws['plan']>;
  readonly api: SimulatedApi;
  readonly ailment: () => Ailment | undefined;
  readonly onCalled: (call: ConsumerCall) => void;
  readonly onReturned: (call: ConsumerCall, result: ConsumerResult) => void;
}

/** What a caller passes to the client with one call. */
export interface CallLimits {
  readonly timeoutMs?: number;
  /** The caller gives up after this. */
  readonly abortAfterMs?: number;
}

/** How long a call may take if its caller says nothing. */
const DEFAULT_TIMEOUT_MS = 60_000;
/** Two calls of the client for a token, and two of an API. */
const MOST_STEPS = 4;

/** One process of a consumer: the real client library with a clock of its own. */
export class ConsumerProcess {
  readonly environment: Environment;
  readonly connection: string;
  readonly #options: ConsumerProcessOptions;
  readonly #zoho: ZohoClient;
  #disturbedUntilMs = Number.NEGATIVE_INFINITY;
  #calls = 0;

  constructor(options: ConsumerProcessOptions) {
    const { environment, connection, aws, api, ailment } = options;
    this.environment = environment;
    this.connection = connection;
    this.#options = options;
    const clients = createConsumerClients(
      { ...aws, plan: (call, service) => this.plan(call, service) },
      environment,
    );
    const checked = checkOptions({
      connection,
      secretPrefix: 'zoho',
      refresherFunctionName: refresherArn('consumers'),
      metrics: 'off',
      secretsManagerClient: clients.secretsManager,
      lambdaClient: clients.lambda,
      fetch: api.fetchFor({ environment, connection, ailment, consumer: this, isReported: false }),
      clock: {
        now: () => environment.now(),
        monotonic: () => environment.awakeMs(),
        sleep: (ms: number, signal?: AbortSignal) => environment.sleep(ms, signal),
      },
      ...(aws.sealed && { tokensTable: SEALED_TABLES.tokens }),
    });
    const load = loaderOf(clients);
    this.#zoho = connect(checked, createParts({ ...checked, load }), createRejectionMemory());
  }

  /** When the last fault that hit this process ends. */
  get disturbedUntilMs(): number {
    return this.#disturbedUntilMs;
  }

  disturb(untilMs: number): void {
    this.#disturbedUntilMs = Math.max(this.#disturbedUntilMs, untilMs);
  }

  plan(call: string, service: ConsumerService) {
    const plan = this.#options.plan(call, service);
    const isOfAws = service !== 'api';
    if (plan.fault !== undefined && (isOfAws || plan.pauseMs !== undefined))
      this.disturb(this.#options.aws.queue.now() + lengthOf(plan));
    return plan;
  }

  getAccessToken(limits: CallLimits = {}): Promise<ConsumerResult> {
    return this.#observe('token', limits, async (signal, timeoutMs) =>
      tokenResult(await this.#zoho.getAccessToken({ signal, timeoutMs })),
    );
  }

  fetch(url: string, limits: CallLimits = {}): Promise<ConsumerResult> {
    return this.#observe('fetch', limits, async (signal, timeoutMs) => {
      const response = await this.#zoho.fetch(url, {
        signal: signal ?? null,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      void response.body?.cancel();
      return { kind: 'response', status: response.status };
    });
  }

  /** As another HTTP client does it: the token, a call of its own, and the report of a 401. */
  async fetchElsewhere(url: string): Promise<ConsumerResult> {
    return await this.#observe('elsewhere', {}, async () => {
      const token = await this.#zoho.getAccessToken();
      const response = await this.#callWith(token, url);
      if (response.status !== 401) {
        this.#zoho.reportAccepted(url);
        return { kind: 'response', status: response.status };
      }
      // The body may stall, and its reader gives up.
      const giveUp = this.environment.sleep(DEFAULT_TIMEOUT_MS / 2).then(() => '');
      const body = await Promise.race([response.text(), giveUp]);
      const mayHelp = await this.#zoho.reportRejected(token.generation, {
        status: response.status,
        url,
        body,
      });
      if (!mayHelp) return { kind: 'response', status: response.status };
      const newer = await this.#zoho.getAccessToken({ newerThan: token.generation });
      const { status } = await this.#callWith(newer, url);
      if (status !== 401) this.#zoho.reportAccepted(url);
      return { kind: 'response', status };
    });
  }

  #callWith({ accessToken }: ZohoAccessToken, url: string): Promise<Response> {
    const { api, environment, connection, ailment } = this.#options;
    const fetch = api.fetchFor({ environment, connection, ailment, consumer: this, isReported: true });
    return fetch(url, {
      headers: { authorization: `Zoho-oauthtoken ${accessToken}` },
      redirect: 'error',
      signal: environment.abortAfter(DEFAULT_TIMEOUT_MS / 2),
    });
  }

  async #observe(
    kind: ConsumerCall['kind'],
    { timeoutMs, abortAfterMs }: CallLimits,
    run: (signal: AbortSignal | undefined, timeoutMs: number | undefined) => Promise<ConsumerResult>,
  ): Promise<ConsumerResult> {
    const { environment, connection, onCalled, onReturned, aws } = this.#options;
    this.#calls += 1;
    const controller = abortAfterMs === undefined ? undefined : new AbortController();
    const call: ConsumerCall = {
      name: `${environment.id} ${kind} ${this.#calls}`,
      kind,
      process: this,
      connection,
      startedAtMs: aws.queue.now(),
      startedAwakeMs: environment.awakeMs(),
      boundMs: Math.min(
        timeoutMs ?? DEFAULT_TIMEOUT_MS * (kind === 'elsewhere' ? MOST_STEPS : 1),
        abortAfterMs ?? Number.POSITIVE_INFINITY,
      ),
    };
    if (controller !== undefined)
      environment.deliverAfter(abortAfterMs ?? 0, () => controller.abort(new Error('the caller gives up')));
    onCalled(call);
    const result = await run(controller?.signal, timeoutMs).catch(
      (error: unknown): ConsumerResult => ({ kind: 'error', error }),
    );
    aws.trace(() => `${call.name} of ${connection}: ${describe(result)}`);
    onReturned(call, result);
    return result;
  }
}

type Loader = NonNullable<TokenTableOptions['load']>;

/** What a client loads to read the table, with the simulated services. */
function loaderOf({ dynamoDb, kms }: ReturnType<typeof createConsumerClients>): Loader {
  const modules = [
    {
      GetItemCommand,
      DynamoDBClient: class {
        send = dynamoDb.send;
      },
    },
    {
      DecryptCommand,
      KMSClient: class {
        send = kms.send;
      },
    },
  ] as const;
  return (() => Promise.resolve(modules)) as unknown as Loader;
}

function tokenResult({ generation, expiresAt }: ZohoAccessToken): ConsumerResult {
  return { kind: 'token', generation, expiresAtMs: expiresAt.getTime() };
}

function describe(result: ConsumerResult): string {
  switch (result.kind) {
    case 'token':
      return `generation ${result.generation}`;
    case 'response':
      return `HTTP ${result.status}`;
    case 'error':
      return String(result.error).slice(0, 160);
  }
}
