import {
  GetSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { createClientSecrets } from '../../lambdas/adapters/client-secrets.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import type { Notification } from '../../lambdas/core/incidents/notification.ts';
import type { Log, TokenEndpoint, TokenStore } from '../../lambdas/core/ports.ts';
import { parseTokenResponse } from '../../lambdas/core/zoho/token-response.ts';
import { createCheckedClock } from '../../lambdas/refresher/adapters/checked-clock.ts';
import { createHandler, type RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import { createMemories } from '../../lambdas/refresher/memories.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { SecretStore } from '../../sandbox/aws/secret-store.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { contextOf } from '../../sandbox/deployment/lambda-context.ts';
import { LogCollector } from '../../sandbox/deployment/log-collector.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { NO_PACES } from '../support/no-paces.ts';
import { tableInMemory } from '../support/table-in-memory.ts';
import { clientVersionOf, FLEET_CONFIG, fleetRow, storedCredentials } from './fleet-fixtures.ts';
import { FleetProcess } from './fleet-process.ts';
import { tableOf } from './fleet-table.ts';
import { runSecretsOperation } from './simulated-aws.ts';

const MINUTE_MS = 60_000;
const SECRET = 'zoho/acme/client';
const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };
const PROCESSES = 3;
/** A token is valid for 5 minutes more when it is due, and the lease of a process that died lasts for 90 s. */
const CROWDED_EVERY = 4;

/**
 * A fleet of connections that share one client, refreshed by several processes at once. The real handler and the real adapter of the
 * client's secret work on a table, secrets and a Zoho in memory.
 */
export class ClientFleet {
  readonly clock = new ManualClock(Date.UTC(2026, 0, 5, 9));
  readonly random: () => number;
  readonly notified: Notification[] = [];
  /** The connections that were without a valid token, and for how long. */
  readonly gaps: string[] = [];
  /** What AWSCURRENT of the client was, oldest first. */
  readonly currents: string[] = [];
  /** How many attempts asked to move AWSCURRENT, how many times Zoho refused the client, and how many processes stopped. */
  readonly counts = { promotions: 0, refused: 0, died: 0, froze: 0 };
  /** SNS rejects so many notifications from now on. */
  rejections = 0;
  readonly #rows = new Map<string, Connection>();
  readonly #tokens = new Map<string, { readonly generation: number; readonly expiresAtMs: number }>();
  readonly #accepted = new Set<string>();
  readonly #secrets = new SecretStore(this.clock);
  readonly #processes: { process: FleetProcess; handler: RefresherHandler }[] = [];
  readonly #frozen: { readonly process: FleetProcess; readonly tick: Promise<unknown> }[] = [];
  #owners = 0;

  constructor({ connections, seed }: { readonly connections: number; readonly seed: number }) {
    this.random = seededRandom(seed);
    this.#secrets.create({ name: SECRET });
    this.store('first');
    this.accept('first');
    for (let index = 0; index < connections; index += 1) this.#addConnection(index, connections);
    for (let index = 0; index < PROCESSES; index += 1) this.#start(index);
  }

  accept(secret: string): void {
    this.#accepted.add(secret);
  }

  refuse(secret: string): void {
    this.#accepted.delete(secret);
  }

  /** Stores a secret of the client as `zoho-tokens client rotate` does, or the first one. */
  store(secret: string, stages = ['AWSCURRENT']): void {
    const text = JSON.stringify({ client_id: '1000.ACME', data_center: 'eu', client_secret: secret });
    this.#secrets.put(SECRET, { value: secretText(text), token: clientVersionOf(secret), stages });
    this.#noteCurrent();
  }

  /** Each process stops at such a call. A dead one is replaced at once, a frozen one as well. */
  disturbAll(...plan: Parameters<FleetProcess['plan']>): void {
    for (const { process } of this.#processes) process.plan(...plan);
  }

  /** A tick a minute: of all processes at the same moment in every fourth one, of which one dies if it is asked for. */
  async minutes(count: number, { withCrashes = false } = {}): Promise<void> {
    for (let minute = 0; minute < count; minute += 1) {
      this.clock.advance(MINUTE_MS);
      const isCrowded = minute % CROWDED_EVERY === 0;
      const victim = this.#processes[Math.floor(this.random() * PROCESSES)]?.process;
      if (isCrowded && withCrashes) victim?.plan('crash', { n: 1 + Math.floor(this.random() * 15) });
      const ticking = isCrowded ? this.#processes.keys() : [minute % PROCESSES];
      await Promise.all([...ticking].map((index) => this.#tick(index)));
      // A crash that its tick did not reach must not be one more in a later minute.
      if (isCrowded && withCrashes) for (const { process } of this.#processes) process.calm();
    }
    const nowMs = this.clock.now();
    for (const [name, { expiresAtMs }] of this.#tokens) this.#noteGap(name, expiresAtMs, nowMs);
  }

  /** Lets the processes that are frozen go on, and waits for the end of their ticks. No other one freezes. */
  async thaw(): Promise<void> {
    for (const { process } of this.#processes) process.calm();
    const thawed = this.#frozen.splice(0);
    for (const { process } of thawed) process.thaw();
    await Promise.all(thawed.map(({ tick }) => tick));
  }

  count(isCounted: (row: Connection) => boolean): number {
    return [...this.#rows.values()].filter(isCounted).length;
  }

  async #tick(index: number): Promise<void> {
    const running = this.#processes[index];
    if (running === undefined) return;
    const { process, handler } = running;
    const tick = handler({ action: 'refresh-due' }, contextOf('schedule'));
    await Promise.race([tick, process.stopped]);
    if (!process.isStopped) return;
    this.counts[process.isDead ? 'died' : 'froze'] += 1;
    if (!process.isDead) this.#frozen.push({ process, tick });
    this.#start(index);
  }

  /** A token that was published at most 53 minutes ago. */
  #addConnection(index: number, of: number): void {
    const row = fleetRow(`tenant-${index}`, this.clock.now() - Math.floor((index * 53 * MINUTE_MS) / of));
    this.#rows.set(row.name, row);
    this.#tokens.set(row.name, { generation: 1, expiresAtMs: row.token?.expiresAtMs ?? 0 });
  }

  #noteGap(name: string, expiresAtMs: number, nowMs: number): void {
    if (nowMs > expiresAtMs) this.gaps.push(`${name}: ${(nowMs - expiresAtMs) / 1000} s`);
  }

  #noteCurrent(): void {
    const current = this.#secrets.get(SECRET).stages.get('AWSCURRENT')?.split('-')[0] ?? '';
    if (current !== this.currents.at(-1)) this.currents.push(current);
  }

  #start(index: number): void {
    const process = new FleetProcess();
    const clock = createCheckedClock(this.clock);
    const handler = createHandler({
      ...{ config: FLEET_CONFIG, logger: new LogCollector(), paces: NO_PACES },
      dependencies: {
        ...{ clock, random: this.random, log: SILENT },
        newLeaseOwner: () => {
          this.#owners += 1;
          return `owner-${this.#owners}`;
        },
        connections: tableOf(process, tableInMemory(this.#rows)),
        credentials: {
          read: (name) => process.call('credentials', () => storedCredentials(name)),
        },
        clients: createClientSecrets(this.#secretsManager(process), 'zoho'),
        rotatedCredentials: {
          store: async () => ({ kind: 'superseded' }),
          recover: async () => ({ kind: 'none' }),
        },
        tokenEndpoint: this.#zoho(process),
        tokens: this.#tokenStore(process),
        followedTokens: { read: async () => ({ ok: false, problems: 'empty' }) },
        ...createMemories(),
        ...{
          metrics: { record: () => {}, recordShard: () => {} },
          stateChanges: { announce: async () => {} },
        },
        notifier: {
          mayPublish: () => true,
          publish: (given) => process.call('notify', () => this.#notify(given)),
        },
      },
    });
    this.#processes[index] = { process, handler };
  }

  #notify(notification: Notification): void {
    if (this.rejections > 0) {
      this.rejections -= 1;
      throw new InfrastructureError({ code: 'aws_unavailable', message: 'SNS does not answer.' });
    }
    this.notified.push(notification);
  }

  #secretsManager(process: FleetProcess): SecretsManagerClient {
    const run = (command: unknown) => {
      if (command instanceof GetSecretValueCommand)
        return runSecretsOperation(this.#secrets, 'GetSecretValue', command.input);
      if (!(command instanceof UpdateSecretVersionStageCommand))
        throw new Error('not supported by the fleet');
      this.counts.promotions += 1;
      const answer = runSecretsOperation(this.#secrets, 'UpdateSecretVersionStage', command.input);
      this.#noteCurrent();
      return answer;
    };
    const send = (command: unknown) =>
      process.call(command instanceof GetSecretValueCommand ? 'secret' : 'promote', () => run(command));
    return { send } as unknown as SecretsManagerClient;
  }

  #zoho(process: FleetProcess): TokenEndpoint {
    return {
      refresh: ({ clientSecret }) =>
        this.#accepted.has(clientSecret.reveal())
          ? process.call('mint', () => parseTokenResponse(TOKEN))
          : process.call('refusal', () => {
              this.counts.refused += 1;
              return REFUSED;
            }),
    };
  }

  #tokenStore(process: FleetProcess): TokenStore {
    return {
      lastPublished: async () => undefined,
      publish: ({ connection, generation, expiresAtMs }) =>
        process.call('publish', () => {
          const published = this.#tokens.get(connection);
          const generationFound = published?.generation ?? 0;
          if (generationFound >= generation) return { kind: 'superseded', generationFound };
          this.#noteGap(connection, published?.expiresAtMs ?? 0, this.clock.now());
          this.#tokens.set(connection, { generation, expiresAtMs });
          return { kind: 'published', versionId: `version-${generation}` };
        }),
    };
  }
}

const REFUSED = parseTokenResponse({ status: 200, body: '{"error":"invalid_client_secret"}' });
const TOKEN = { status: 200, body: '{"access_token":"1000.aaaa.bbbb","expires_in":3600}' };
