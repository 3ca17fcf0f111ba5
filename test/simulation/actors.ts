import { secretText } from '../../sandbox/aws/secret-record.ts';
import type { SecretStore } from '../../sandbox/aws/secret-store.ts';
import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultPlan } from './fault-plan.ts';
import { changeFleet, turnFleetOff } from './fleet-changes.ts';
import { declarationsOf } from './pick-config.ts';
import type { PlannedAction } from './plan-actions.ts';
import { planAuthorizations } from './plan-authorizations.ts';
import { planParking } from './plan-parking.ts';
import type { ProviderChange } from './provider-changes.ts';
import type { SimulatedLambda } from './simulated-lambda.ts';
import type { SimulatedTable } from './simulated-table.ts';
import { restoreRow, writeImpossibleTimes } from './table-edits.ts';
import { BAD_CREDENTIALS, type BadCredentials, type WorldConnection } from './world-connection.ts';
import type { Action, WorldKind } from './world-kind.ts';
import { PASTED_BY_HAND } from './written-versions.ts';
import { tryWrongCredentials } from './wrong-credentials.ts';

export interface ActorsOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly kind: WorldKind;
  readonly lambda: SimulatedLambda;
  readonly faults: FaultPlan;
  readonly secrets: SecretStore;
  readonly table: SimulatedTable;
  readonly connections: readonly WorldConnection[];
  /** No action starts after this. */
  readonly untilMs: number;
  /** The published token was overwritten or revoked. */
  readonly onTokenInvalidated: (connection: WorldConnection) => void;
  readonly trace: (text: () => string) => void;
}

const MINUTE_MS = 60_000;

/** Consumers, operators and developers. Their actions come at random and do not wait for the system. */
export class Actors {
  readonly #options: ActorsOptions;
  #edits = 0;

  constructor(options: ActorsOptions) {
    this.#options = options;
  }

  /** Gives each connection good, bad or no credentials. */
  begin(): void {
    const { choices, connections, kind, queue } = this.#options;
    const rate = kind.startsAuthorized ? 0 : 1;
    for (const connection of connections) {
      const name = `${connection.name} begins`;
      if (choices.happens(`${name} without credentials`, 0.2 * rate))
        this.#authorizeLater(connection, `${name} authorized`);
      else connection.authorize(queue.now());
      if (choices.happens(`${name} with wrong credentials`, 0.1 * rate)) {
        this.#breakCredentials(connection, choices.pick(`${name} how`, BAD_CREDENTIALS));
        this.#authorizeLater(connection, `${name} mended`);
      }
    }
  }

  /** Schedules actions. */
  plan(actions: readonly PlannedAction[]): void {
    const { choices, queue, untilMs } = this.#options;
    for (const action of actions)
      queue.at(choices.between(`${action.name} when`, queue.now(), untilMs), () => this.#act(action));
  }

  /** Operators authorize again while Zoho rotates refresh tokens. */
  planDuring(changes: readonly ProviderChange[]): void {
    const authorize = (name: string, connection: WorldConnection) => this.#reauthorize(name, connection);
    planAuthorizations(changes, { ...this.#options, authorize });
  }

  planParking(): void {
    planParking({ ...this.#options, ask: (connection) => this.#askAsOperator(connection) });
  }

  #act({ name, what, connection }: PlannedAction): void {
    const { choices } = this.#options;
    this.#options.trace(() => `action: ${what}, ${connection.name}`);
    const run: Record<Action, () => void> = {
      storm: () => this.#storm(name, connection, choices.between(`${name} size`, 1, 12)),
      operator: () => this.#askAsOperator(connection),
      revoke: () => {
        connection.revoke();
        this.#options.onTokenInvalidated(connection);
        this.#authorizeLater(connection, name);
      },
      reauthorize: () => this.#reauthorize(name, connection),
      'spoil credentials': () => {
        this.#breakCredentials(connection, choices.pick(`${name} how`, BAD_CREDENTIALS));
        this.#authorizeLater(connection, name);
        if (choices.happens(`${name} again`, 0.5)) this.#spoilAgain(`${name} again`, connection);
      },
      'edit token': () => this.#editToken(name, connection),
      'remove from the configuration': () => this.#removeTemporarily(name, connection),
      deploy: () => this.#deploy(),
      'stale reads': () => this.#readStale(name),
      'relentless consumers': () => this.#repeat(name, connection, 'unauthorized'),
      'relentless operator': () => this.#repeat(name, connection, 'operator'),
      'restore the table': () =>
        restoreRow(this.#options, name, connection, () => this.#askAsOperator(connection)),
      'change the fleet': () => changeFleet(this.#options, name),
      'turn the fleet off': () => turnFleetOff(this.#options),
      'write impossible times': () => writeImpossibleTimes(this.#options, name, connection),
    };
    run[what]();
  }

  /** Consumers whose token was rejected, some of them with an older generation. */
  #storm(name: string, connection: WorldConnection, size: number): void {
    const { choices, lambda, queue } = this.#options;
    const generation = this.#visibleGeneration(connection);
    for (let caller = 0; caller < size; caller += 1) {
      const each = `${name} caller ${caller}`;
      const age = choices.pick(`${each} age`, [0, 0, 0, 1, undefined]);
      const rejected =
        generation === undefined || age === undefined
          ? {}
          : { rejectedGeneration: Math.max(0, generation - age) };
      const event = {
        action: 'refresh',
        connection: connection.name,
        reason: 'unauthorized',
        ...rejected,
      } as const;
      queue.after(choices.between(`${each} when`, 0, size * 700), () =>
        lambda.invoke({ event, door: 'consumers', caller: each }),
      );
    }
  }

  /** For 15 minutes, consumers report every token as rejected, or an operator asks for a new one again and again. */
  #repeat(name: string, connection: WorldConnection, reason: 'unauthorized' | 'operator'): void {
    const { choices, queue } = this.#options;
    const everyMs = choices.between(`${name} every`, 10_000, 70_000);
    const untilMs = queue.now() + 15 * MINUTE_MS;
    const ask = () => {
      if (reason === 'operator') this.#askAsOperator(connection);
      else this.#storm(`${name} ${queue.now()}`, connection, 1);
      if (queue.now() < untilMs) queue.after(everyMs, ask);
    };
    ask();
  }

  #askAsOperator({ name }: WorldConnection): void {
    const event = { action: 'refresh', connection: name, reason: 'operator' } as const;
    this.#options.lambda.invoke({ event, door: 'operators', caller: 'operator' });
  }

  /** Sometimes in the middle of a refresh. */
  #reauthorize(name: string, connection: WorldConnection): void {
    const { choices, queue } = this.#options;
    const isDuring = choices.happens(`${name} during a refresh`, 0.5);
    if (isDuring) this.#askAsOperator(connection);
    const afterMs = isDuring ? choices.between(`${name} after`, 100, 1_200) : 0;
    queue.after(afterMs, () => connection.authorize(queue.now()));
  }

  #authorizeLater(connection: WorldConnection, name: string): void {
    const { choices, queue, untilMs } = this.#options;
    const atMs = queue.now() + choices.between(`${name} mended after`, 1, 45) * MINUTE_MS;
    queue.at(Math.min(atMs, Math.max(untilMs, queue.now())), () => connection.authorize(queue.now()));
  }

  #breakCredentials(connection: WorldConnection, how: BadCredentials): void {
    const { queue } = this.#options;
    if (!connection.isAuthorized) connection.authorize(queue.now());
    connection.breakCredentials(how, queue.now());
  }

  /** Some minutes later, an operator tries others, while reads may still return the ones before. */
  #spoilAgain(name: string, connection: WorldConnection): void {
    const { choices, queue } = this.#options;
    queue.after(choices.between(`${name} after`, 1, 15) * MINUTE_MS, () => {
      this.#readStale(name);
      const store = (how: BadCredentials) => this.#breakCredentials(connection, how);
      tryWrongCredentials({ queue, choices, name, store, refresh: () => this.#askAsOperator(connection) });
      queue.after(2 * MINUTE_MS, () => this.#authorizeLater(connection, name));
    });
  }

  /** An operator pastes a text into the token secret, and maybe replaces it by a refresh when consumers fail. */
  #editToken(name: string, connection: WorldConnection): void {
    const { choices, secrets } = this.#options;
    const generation = this.#visibleGeneration(connection) ?? 0;
    const text = choices.pick(`${name} text`, [
      'pasted by hand',
      '{"access_token":"1000.pasted.by-hand"}',
      JSON.stringify({ access_token: '1000.pasted', generation: Math.max(0, generation - 2) }),
      JSON.stringify({
        access_token: '1000.pasted',
        generation: generation + choices.pick(`${name} ahead`, [3, 1_000]),
      }),
      secrets.currentText(connection.tokenSecret) ?? '{}',
    ]);
    this.#edits += 1;
    const token = `${PASTED_BY_HAND}-${this.#edits}`.padEnd(40, '-');
    secrets.put(connection.tokenSecret, { token, value: secretText(text) });
    this.#options.onTokenInvalidated(connection);
    if (choices.happens(`${name} refreshed`, 0.5))
      this.#options.queue.after(choices.between(`${name} refreshed after`, 1_000, 5 * MINUTE_MS), () =>
        this.#askAsOperator(connection),
      );
  }

  #removeTemporarily(name: string, connection: WorldConnection): void {
    const { choices, queue, untilMs } = this.#options;
    connection.isDeclared = false;
    this.#deploy();
    const atMs = queue.now() + choices.between(`${name} back after`, 1, 20) * MINUTE_MS;
    queue.at(Math.min(atMs, Math.max(untilMs, queue.now())), () => {
      connection.isDeclared = true;
      this.#deploy();
    });
  }

  #deploy(): void {
    const { lambda, connections, faults, queue } = this.#options;
    faults.disturb(queue.now());
    lambda.deploy({ ...lambda.config, declaredConnections: declarationsOf(connections) });
  }

  #readStale(name: string): void {
    const { choices, queue, secrets, faults } = this.#options;
    const untilMs = queue.now() + choices.between(`${name} minutes`, 1, 10) * MINUTE_MS;
    faults.disturb(untilMs);
    secrets.lagReads({
      forMs: choices.between(`${name} lag`, 1_000, 60_000),
      random: choices.stream(`${name} read`),
    });
    queue.at(untilMs, () => secrets.catchUp());
  }

  #visibleGeneration(connection: WorldConnection): number | undefined {
    const text = this.#options.secrets.currentText(connection.tokenSecret) ?? '';
    const generation = /"generation":(\d+)/.exec(text)?.[1];
    return generation === undefined ? undefined : Number(generation);
  }
}
