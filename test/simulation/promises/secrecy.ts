import type { PublishCommandInput } from '@aws-sdk/client-sns';
import type { TableWrite } from '../simulated-table.ts';
import type { PromiseCheck, Violate, WorldView } from './promise.ts';

/** I7: no secret material in logs, metrics, rows, events, notifications, errors or return values. */
export class Secrecy implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #outputs: unknown[] = [];

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onOutput(output: unknown): void {
    this.#outputs.push(output);
  }

  onRowWritten({ after }: TableWrite): void {
    this.#outputs.push(after);
  }

  onAnnounced(detail: string): void {
    this.#outputs.push(detail);
  }

  onNotificationSent(notification: PublishCommandInput): void {
    this.#outputs.push(notification);
  }

  onEnd(): void {
    const all = JSON.stringify(this.#outputs, withErrors);
    for (const secret of this.#world.secretTexts()) {
      if (all.includes(secret))
        this.#violate(
          'a secret is in a log, a metric, a row, an event, a notification, an error or an answer',
        );
    }
  }
}

/** JSON.stringify omits the properties of an error. */
function withErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { message, stack, cause } = value;
  return { ...value, message, stack, cause, errors: (value as AggregateError).errors };
}
