import type { Clock } from './aws-endpoint.ts';

/** What CloudWatch says of an alarm. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** An alarm as it was deployed. */
export interface DeployedAlarm {
  readonly name: string;
  readonly description?: string;
  /** @default 'metric' */
  readonly kind?: 'metric' | 'composite';
}

/** An alarm and the state that it is in. */
export interface StandingAlarm extends Required<DeployedAlarm> {
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateUpdatedAtMs: number;
}

/** The alarms of one account and region. Nothing here evaluates them: whoever does sets their states. */
export class AlarmStore {
  readonly #clock: Clock;
  readonly #alarms = new Map<string, StandingAlarm>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds an alarm, without data yet. */
  deploy({ name, description = '', kind = 'metric' }: DeployedAlarm): void {
    this.#alarms.set(name, {
      name,
      description,
      kind,
      state: 'INSUFFICIENT_DATA',
      stateReason: 'Unchecked: Initial alarm creation',
      stateUpdatedAtMs: this.#clock.now(),
    });
  }

  /** Says what state an alarm is in from now on. Its time is that of the last change. */
  setState(name: string, state: AlarmState, stateReason: string): void {
    const alarm = this.#alarms.get(name);
    if (alarm === undefined) {
      const known = [...this.#alarms.keys()].join(', ');
      throw new Error(`There is no alarm ${JSON.stringify(name)}; there are: ${known}.`);
    }
    const stateUpdatedAtMs = state === alarm.state ? alarm.stateUpdatedAtMs : this.#clock.now();
    this.#alarms.set(name, { ...alarm, state, stateReason, stateUpdatedAtMs });
  }

  find(name: string): StandingAlarm | undefined {
    return this.#alarms.get(name);
  }

  /** Every alarm, by name as CloudWatch lists them. */
  all(): StandingAlarm[] {
    return [...this.#alarms.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}
