import { secretText } from '../../sandbox/aws/secret-record.ts';
import type { SecretStore } from '../../sandbox/aws/secret-store.ts';
import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { Weather } from './fault-plan.ts';
import type { Platform } from './simulated-lambda.ts';
import type { SimulatedTable } from './simulated-table.ts';
import { SPOILED_CREDENTIALS, type WorldConnection } from './world-connection.ts';
import { PASTED_BY_HAND } from './written-versions.ts';

export interface PeopleOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly platform: Platform;
  readonly weather: Weather;
  readonly secrets: SecretStore;
  readonly table: SimulatedTable;
  readonly connections: readonly WorldConnection[];
  /** Nobody does anything after this. */
  readonly untilMs: number;
  /** The published token is no good any more, by what somebody did. */
  readonly onTokenSpoiled: (connection: WorldConnection) => void;
  readonly tell: (text: () => string) => void;
}

const MINUTE_MS = 60_000;

/** What they do; what is named twice they do twice as often. */
const DEEDS = [
  'storm',
  'storm',
  'operator',
  'revoke',
  'reauthorize',
  'reauthorize',
  'spoil credentials',
  'edit token',
  'edit token',
  'remove from the configuration',
  'deploy',
  'stale reads',
  'relentless consumers',
  'relentless operator',
  'restore the table',
] as const;

/** What consumers, operators and developers do, as it comes: nothing of it waits for the system to be ready. */
export class People {
  readonly #options: PeopleOptions;
  #edits = 0;

  constructor(options: PeopleOptions) {
    this.#options = options;
  }

  /** How each connection begins: authorized, never authorized, or authorized wrongly. */
  begin(): void {
    const { choices, connections, queue } = this.#options;
    for (const connection of connections) {
      const name = `${connection.name} begins`;
      if (choices.happens(`${name} without credentials`, 0.2))
        this.#authorizeLater(connection, `${name} authorized`);
      else connection.authorize(queue.now());
      if (choices.happens(`${name} with wrong credentials`, 0.1)) {
        this.#spoil(connection, name);
        this.#authorizeLater(connection, `${name} mended`);
      }
    }
  }

  /** Plans what they do until they go home. */
  plan(count: number): void {
    const { choices, queue, untilMs, connections } = this.#options;
    for (let action = 0; action < count; action += 1) {
      const name = `action ${action}`;
      const [first, ...others] = connections;
      if (first === undefined || !choices.happens(name, 0.8)) continue;
      const connection = choices.pick(`${name} where`, [first, ...others]);
      queue.at(choices.between(`${name} when`, queue.now(), untilMs), () => this.#act(name, connection));
    }
  }

  #act(name: string, connection: WorldConnection): void {
    const { choices, platform, queue, table, weather } = this.#options;
    const act = choices.pick(`${name} what`, DEEDS);
    this.#options.tell(() => `people: ${act}, ${connection.name}`);
    const deeds: Record<typeof act, () => void> = {
      storm: () => this.#storm(name, connection, choices.between(`${name} size`, 1, 12)),
      operator: () => platform.invoke({ action: 'refresh', connection: connection.name, reason: 'operator' }),
      revoke: () => {
        connection.revoke();
        this.#options.onTokenSpoiled(connection);
        this.#authorizeLater(connection, name);
      },
      reauthorize: () => connection.authorize(queue.now()),
      'spoil credentials': () => {
        this.#spoil(connection, name);
        this.#authorizeLater(connection, name);
      },
      'edit token': () => this.#editToken(name, connection),
      'remove from the configuration': () => this.#removeForAWhile(name, connection),
      deploy: () => this.#deploy(),
      'stale reads': () => this.#readLate(name),
      'relentless consumers': () => this.#insist(name, connection, 'unauthorized'),
      'relentless operator': () => this.#insist(name, connection, 'operator'),
      'restore the table': () => {
        weather.disturb(queue.now());
        table.restore(connection.name, choices.between(`${name} writes`, 1, 12));
      },
    };
    deeds[act]();
  }

  /** Consumers whose token was rejected, some of them with news that is old. */
  #storm(name: string, connection: WorldConnection, size: number): void {
    const { choices, platform, queue } = this.#options;
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
      queue.after(choices.between(`${each} when`, 0, size * 700), () => platform.invoke(event));
    }
  }

  /** Whatever token there is, they say that it was rejected, or ask for another: for a quarter of an hour. */
  #insist(name: string, connection: WorldConnection, reason: 'unauthorized' | 'operator'): void {
    const { choices, platform, queue } = this.#options;
    const everyMs = choices.between(`${name} every`, 10_000, 70_000);
    const untilMs = queue.now() + 15 * MINUTE_MS;
    const ask = () => {
      const generation = this.#visibleGeneration(connection);
      const rejected =
        reason === 'operator' || generation === undefined ? {} : { rejectedGeneration: generation };
      platform.invoke({ action: 'refresh', connection: connection.name, reason, ...rejected });
      if (queue.now() < untilMs) queue.after(everyMs, ask);
    };
    ask();
  }

  #authorizeLater(connection: WorldConnection, name: string): void {
    const { choices, queue, untilMs } = this.#options;
    const atMs = queue.now() + choices.between(`${name} mended after`, 1, 45) * MINUTE_MS;
    queue.at(Math.min(atMs, Math.max(untilMs, queue.now())), () => connection.authorize(queue.now()));
  }

  #spoil(connection: WorldConnection, name: string): void {
    const { choices, queue } = this.#options;
    if (!connection.isAuthorized) connection.authorize(queue.now());
    connection.spoil(choices.pick(`${name} how`, SPOILED_CREDENTIALS), queue.now());
  }

  /** Somebody pastes something into the token secret, by the console. */
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
    this.#options.onTokenSpoiled(connection);
  }

  #removeForAWhile(name: string, connection: WorldConnection): void {
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
    const { platform, connections, weather, queue } = this.#options;
    const declared = connections.filter(({ isDeclared }) => isDeclared);
    weather.disturb(queue.now());
    platform.deploy({
      ...platform.config,
      declaredConnections: Object.fromEntries(declared.map(({ name, declaration }) => [name, declaration])),
    });
  }

  #readLate(name: string): void {
    const { choices, queue, secrets, weather } = this.#options;
    const untilMs = queue.now() + choices.between(`${name} minutes`, 1, 10) * MINUTE_MS;
    weather.disturb(untilMs);
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
