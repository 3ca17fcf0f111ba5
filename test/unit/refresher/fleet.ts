import { expect } from 'vitest';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { createFleetMemory } from '../../../lambdas/refresher/fleet-memory.ts';
import { refreshDue } from '../../../lambdas/refresher/refresh-due.ts';
import {
  activeConnection,
  credentialsSecret,
  failureOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  SECOND_MS,
} from '../../support/builders.ts';
import { FakeRefresher, MINTED } from './fake-refresher.ts';

const CREDENTIALS = credentialsSecret();
const REFRESHES_PER_SECOND = 20;
/** A tick starts refreshes until the next one begins. */
const STARTS_UNTIL_MS = MINUTE_MS;
const SLOTS = 25;
/** What a call that hangs costs the tick: it holds one of the slots until it times out. */
const HANGING_MS = (10 * SECOND_MS) / SLOTS;

/** A row whose token was issued so long ago, with the plan of a fleet that is renewed one by one. */
export function renewedAgo(name: string, agoMs: number): Connection {
  const issuedAtMs = NOW_MS - agoMs;
  return activeConnection({
    name,
    source: 'connected',
    token: { versionId: 'version-of-7', issuedAtMs, expiresAtMs: issuedAtMs + HOUR_MS },
    mintsMs: [issuedAtMs],
    publishesMs: [issuedAtMs],
    nextAttemptAtMs: issuedAtMs + 53.5 * MINUTE_MS,
  });
}

/** Connections that are renewed at different minutes. */
export function fleetOf(size: number): Fleet {
  const agoMs = (index: number) => ((index * 7) % 54) * MINUTE_MS;
  return new Fleet(...Array.from({ length: size }, (_, index) => renewedAgo(`c-${index}`, agoMs(index))));
}

/** A connection that is renewed every 54 minutes is renewed so often in a day. */
const RENEWALS_A_DAY = 27;

/**
 * Runs the next day: no minute has more than twice the mean, the herd has cost one more token of each connection at most, and every
 * token was replaced at least five minutes before it expired.
 */
export async function expectSpread(fleet: Fleet): Promise<{ busiest: number }> {
  const day = await fleet.runDay();
  const twiceTheMean = (2 * fleet.rows.size) / 54;
  expect(day.busiest).toBeLessThanOrEqual(Math.max(2, twiceTheMean));
  expect(day.mostOfOne).toBeLessThanOrEqual(RENEWALS_A_DAY + 1);
  expect(day.shortestRestMs).toBeGreaterThanOrEqual(5 * MINUTE_MS);
  return day;
}

/** The real ticks of a fleet, minute by minute, at 20 refreshes a second, with a Zoho that may be down. */
export class Fleet extends FakeRefresher {
  isZohoDown = false;
  /** From one look to the next. */
  lookMs = 0;
  /** Forgets everything between two ticks, as when each of them gets an environment of its own. */
  forgets = false;
  /** Issued tokens of each tick. */
  readonly mints: number[] = [];
  /** Issued tokens of each connection since they were last counted. */
  readonly mintsOf = new Map<string, number>();
  /** The shortest time that a replaced token was still valid for. */
  shortestRestMs = Infinity;
  /** The same for each connection. */
  readonly restOf = new Map<string, number>();
  /** Calls that were not answered. */
  callsIntoTheVoid = 0;
  #seed = 1;

  constructor(...rows: Connection[]) {
    super(...rows);
    this.onCredentials = () => ({ kind: 'found', versionId: 'credentials-1', text: CREDENTIALS });
    this.onZoho = () => (this.isZohoDown ? { kind: 'refused', failure: failureOf('timeout') } : MINTED);
    this.onPublish = ({ connection, generation }) => {
      const expiresAtMs = this.rows.get(connection)?.token?.expiresAtMs ?? Infinity;
      this.shortestRestMs = Math.min(this.shortestRestMs, expiresAtMs - this.clock.now());
      this.restOf.set(
        connection,
        Math.min(this.restOf.get(connection) ?? Infinity, expiresAtMs - this.clock.now()),
      );
      this.mintsOf.set(connection, (this.mintsOf.get(connection) ?? 0) + 1);
      this.mints[this.mints.length - 1] = (this.mints.at(-1) ?? 0) + 1;
      return { kind: 'published', versionId: `version-of-${generation}` };
    };
  }

  /** From now on, calls to this data center hang until they time out. */
  hangs(dataCenter: string | undefined): void {
    this.isDown = (credentials) => {
      if (credentials.dataCenter !== dataCenter) return false;
      this.callsIntoTheVoid += 1;
      this.clock.advance(HANGING_MS);
      return true;
    };
  }

  async run(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      const startedAtMs = this.clock.now();
      if (this.forgets) this.fleet = createFleetMemory();
      this.mints.push(0);
      await refreshDue(
        { ...this.context, random: () => this.#nextRandom() },
        {
          maxInFlight: SLOTS,
          pace: () => Promise.resolve(this.clock.advance(SECOND_MS / REFRESHES_PER_SECOND)),
          paceLooks: () => Promise.resolve(this.clock.advance(this.lookMs)),
          hasTimeForOneMore: () => this.clock.now() < startedAtMs + STARTS_UNTIL_MS,
        },
      );
      for (const records of [this.calls, this.logged, this.metrics, this.published]) records.length = 0;
      this.clock.advanceTo(Math.max(this.clock.now(), startedAtMs + MINUTE_MS));
    }
  }

  /** Runs a day. Returns what its minutes and connections cost. */
  async runDay(): Promise<{ busiest: number; mostOfOne: number; shortestRestMs: number }> {
    this.mints.length = 0;
    this.mintsOf.clear();
    this.shortestRestMs = Infinity;
    await this.run(24 * 60);
    return {
      busiest: Math.max(...this.mints),
      mostOfOne: Math.max(...this.mintsOf.values()),
      shortestRestMs: this.shortestRestMs,
    };
  }

  /** A small linear congruential generator: the same day on every machine. */
  #nextRandom(): number {
    this.#seed = (this.#seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return this.#seed / 2 ** 32;
  }
}
