import { clientKeyOf } from '../../../lambdas/core/connection/client-key.ts';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { createMemories } from '../../../lambdas/refresher/memories.ts';
import { LIMITS } from '../../../sandbox/zoho/limits.ts';
import { RateWindow } from '../../../sandbox/zoho/rate-window.ts';
import { credentialsSecret, failureOf, MINUTE_MS } from '../../support/builders.ts';
import { MINTED } from '../../unit/refresher/fake-refresher.ts';
import { Fleet, renewedAgo } from '../../unit/refresher/fleet.ts';

const KEPT_MINUTES = 60;

/** The client of a connection is the first part of its name. */
const clientOf = (name: string) => name.split('-')[0] ?? '';

/** A fleet of several clients, at a Zoho that counts the tokens of each client and not of each refresh token. */
export class CountedClients {
  readonly fleet: Fleet;
  counts = true;
  /** Whether Zoho throttles every call. */
  isThrottling = false;
  /** Calls that Zoho refused because of its limit. */
  throttled = 0;
  /** When the tokens of each connection were issued. */
  readonly mintsMs = new Map<string, number[]>();
  /** How long each connection has been without a valid token. */
  readonly withoutMs = new Map<string, number>();
  readonly #rates = new Map<string, RateWindow>();
  #minutes = 0;

  constructor(sizes: Readonly<Record<string, number>>, agoMs: (index: number) => number) {
    const rows = Object.entries(sizes).flatMap(([client, size]) =>
      Array.from({ length: size }, (_, index) => withClient(renewedAgo(`${client}-${index}`, agoMs(index)))),
    );
    this.fleet = new Fleet(...rows);
    const { fleet } = this;
    fleet.onCredentials = (name) => ({
      kind: 'found',
      versionId: 'credentials-1',
      text: credentialsSecret({ client_id: clientOf(name) }),
    });
    fleet.onZoho = ({ clientId }) => {
      const rate = this.#rates.get(clientId) ?? new RateWindow(LIMITS.mintsPerWindow, LIMITS.windowMs);
      this.#rates.set(clientId, rate);
      if (!this.isThrottling && (!this.counts || rate.admit(fleet.clock.now()))) return MINTED;
      this.throttled += 1;
      return { kind: 'refused', failure: failureOf('throttled') };
    };
    const { onPublish } = fleet;
    fleet.onPublish = (token) => {
      this.mintsMs.set(token.connection, [...(this.mintsMs.get(token.connection) ?? []), token.issuedAtMs]);
      return onPublish(token);
    };
  }

  /** Every hour the next tick runs in a new Lambda environment. */
  async run(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      if (this.#minutes++ % KEPT_MINUTES === 0) Object.assign(this.fleet.memories, createMemories());
      await this.fleet.run(1);
      const nowMs = this.fleet.clock.now();
      for (const { name, token } of this.fleet.rows.values())
        if ((token?.expiresAtMs ?? 0) <= nowMs)
          this.withoutMs.set(name, (this.withoutMs.get(name) ?? 0) + MINUTE_MS);
    }
  }

  /** The tokens of each connection of a client. */
  tokensOf(client: string): readonly number[] {
    return [...this.fleet.rows.keys()]
      .filter((name) => clientOf(name) === client)
      .map((name) => this.mintsMs.get(name)?.length ?? 0);
  }

  /** The minutes without a valid token of each connection of a client. */
  gapsOf(client: string): readonly number[] {
    return [...this.fleet.rows.keys()]
      .filter((name) => clientOf(name) === client)
      .map((name) => (this.withoutMs.get(name) ?? 0) / MINUTE_MS);
  }
}

function withClient(row: Connection): Connection {
  const clientKey = clientKeyOf({ dataCenter: 'eu', clientId: clientOf(row.name) });
  return { ...row, clientKey, dataCenter: 'eu' };
}
