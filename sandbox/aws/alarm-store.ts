import type { Clock } from './aws-endpoint.ts';

/** The state of an alarm. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** An alarm as it was deployed. */
export interface DeployedAlarm {
  readonly name: string;
  readonly description?: string;
  /** @default 'metric' */
  readonly kind?: 'metric' | 'composite';
  /** Of a composite alarm, as it was deployed. @default '' */
  readonly rule?: string;
  /** Topics that are notified when it goes off and when it is over. @default none */
  readonly actions?: readonly string[];
  /** @default true */
  readonly actionsEnabled?: boolean;
}

/** An alarm and its state. */
export interface AlarmWithState extends Required<DeployedAlarm> {
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateUpdatedAtMs: number;
}

/** The alarms of one account and region. Does not evaluate them; `setState` sets their states. */
export class AlarmStore {
  readonly #clock: Clock;
  readonly #alarms = new Map<string, AlarmWithState>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds an alarm, without data yet. */
  deploy(alarm: DeployedAlarm): void {
    this.#alarms.set(alarm.name, {
      ...{ description: '', kind: 'metric', rule: '', actions: [], actionsEnabled: true },
      ...alarm,
      state: 'INSUFFICIENT_DATA',
      stateReason: 'Unchecked: Initial alarm creation',
      stateUpdatedAtMs: this.#clock.now(),
    });
  }

  /** Deletes an alarm, or does nothing. */
  delete(name: string): void {
    this.#alarms.delete(name);
  }

  /** Sets the state of an alarm. Its time changes only with the state. */
  setState(name: string, state: AlarmState, stateReason: string): void {
    const alarm = this.#alarms.get(name);
    if (alarm === undefined) {
      const known = [...this.#alarms.keys()].join(', ');
      throw new Error(`No alarm ${JSON.stringify(name)} exists. Existing alarms: ${known}.`);
    }
    const stateUpdatedAtMs = state === alarm.state ? alarm.stateUpdatedAtMs : this.#clock.now();
    this.#alarms.set(name, { ...alarm, state, stateReason, stateUpdatedAtMs });
  }

  find(name: string): AlarmWithState | undefined {
    return this.#alarms.get(name);
  }

  /** Every alarm, sorted by name as CloudWatch lists them. */
  all(): AlarmWithState[] {
    return [...this.#alarms.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}
