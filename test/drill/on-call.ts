import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import type { StateChange } from '../../sandbox/alarms/alarm-evaluator.ts';

const STACK = 'ZohoTokenRefresher-';

/** The two topics that on-call listens to. */
export type Level = 'page' | 'ticket';
const TOPIC: Readonly<Record<Level, RegExp>> = { page: /PageTopic/, ticket: /TicketTopic/ };

/** What is published to the topics of pages and tickets, by the refresher and by alarms. */
export class OnCall {
  /** Subjects of notifications, and states with names of alarms such as `ALARM: page`, oldest first. */
  readonly sent: Record<Level, string[]> = { page: [], ticket: [] };
  readonly #definitions: ReadonlyMap<string, AlarmDefinition>;
  readonly #expected: Record<Level, number> = { page: 0, ticket: 0 };

  constructor(definitions: readonly AlarmDefinition[]) {
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]));
  }

  /** The refresher published a notification. */
  notified(level: Level, subject: string): void {
    this.sent[level].push(subject);
  }

  /** An alarm changed its state: it notifies the topics of its actions. */
  changed({ alarm, to }: StateChange): void {
    const actions = this.#definitions.get(alarm)?.actions[to] ?? [];
    for (const level of ['page', 'ticket'] as const) {
      if (actions.some((arn) => TOPIC[level].test(arn)))
        this.sent[level].push(`${to}: ${alarm.slice(STACK.length)}`);
    }
  }

  /** What is wrong with what the topics got since the last call. It should be each of these once, in any order, and nothing else. */
  differencesFrom(expected: Readonly<Partial<Record<Level, readonly string[]>>>): string[] {
    return (['page', 'ticket'] as const).flatMap((level) => {
      const wanted = expected[level] ?? [];
      const got = this.sent[level].slice(this.#expected[level]);
      this.#expected[level] = this.sent[level].length;
      return [...new Set([...wanted, ...got])].flatMap((subject) => {
        const times = got.filter((each) => each === subject).length;
        const due = wanted.includes(subject) ? 1 : 0;
        return times === due ? [] : [`"${subject}" reached the ${level} topic ${times} times, not ${due}`];
      });
    });
  }

  /** Forgets what was sent so far, such as the first OK of new alarms. */
  begin(): void {
    for (const level of ['page', 'ticket'] as const) this.#expected[level] = this.sent[level].length;
  }
}

export function blocked(name: string): string {
  return `ALARM: Zoho ${name} is blocked: invalid_code`;
}

export function recovered(name: string): string {
  return `OK: Zoho ${name} has recovered`;
}
