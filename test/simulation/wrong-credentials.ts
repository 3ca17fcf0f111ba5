import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { BadCredentials } from './world-connection.ts';

export interface WrongCredentialsOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly name: string;
  readonly store: (how: BadCredentials) => void;
  readonly refresh: () => void;
}

/** Credentials that look right. */
const REFUSED_BY_ZOHO: readonly BadCredentials[] = [
  'an access token as refresh token',
  'wrong client secret',
];

/** An operator stores wrong credentials and then others, within two minutes, and tries each a few times. */
export function tryWrongCredentials({ queue, choices, name, store, refresh }: WrongCredentialsOptions): void {
  for (const [index, how] of REFUSED_BY_ZOHO.entries()) {
    const storedMs = index * choices.between(`${name} stored`, 10_000, 60_000);
    queue.after(storedMs, () => store(how));
    for (let time = 0; time < 3; time += 1) {
      const askedMs = choices.between(`${name} ${index} asked ${time}`, 0, 40_000);
      queue.after(storedMs + askedMs, refresh);
    }
  }
}
