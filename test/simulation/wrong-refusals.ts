import type { Period } from './promises/promise.ts';
import type { WorldConnection } from './world-connection.ts';
import { periodsNow, type ZohoPeriod, type ZohoPeriodsOptions } from './zoho-periods.ts';

/** A period in which Zoho refuses valid credentials. */
export interface WrongRefusal extends ZohoPeriod {
  readonly error: (typeof ERRORS)[number];
}

const MINUTE_MS = 60_000;

const ERRORS = ['invalid_code', 'invalid_client', 'invalid_client_secret'] as const;

/** Shortest and greatest length, in minutes: mostly short, rarely longer than the hour after which Zoho is asked once an hour. */
const MINUTES = [
  [1, 3],
  [1, 3],
  [3, 15],
  [15, 59],
  [59, 100],
] as const;

/** Plans when Zoho is wrong: about one connection, all connections of one client, or a whole data center. */
export function planWrongRefusals(options: ZohoPeriodsOptions): readonly WrongRefusal[] {
  const { choices, connections, kind, queue, trace } = options;
  const [first, ...others] = connections;
  const planned: WrongRefusal[] = [];
  for (let index = 0; index < kind.mostWrongRefusals; index += 1) {
    const name = `wrong refusal ${index}`;
    if (first === undefined || !choices.happens(name, kind.wrongRefusalRate)) continue;
    const victim = choices.pick(`${name} where`, [first, ...others]);
    const scope = choices.pick(`${name} scope`, [
      'connection',
      'client',
      'data center',
      'data center',
    ] as const);
    const isHit = {
      connection: (each: WorldConnection) => each === victim,
      client: (each: WorldConnection) => each.clientId === victim.clientId,
      'data center': (each: WorldConnection) => each.location === victim.location,
    }[scope];
    const error = choices.pick(`${name} error`, ERRORS);
    const hit = connections.filter(isHit);
    const period = pickPeriod(name, options);
    planned.push({ ...period, error, connections: hit });
    const names = hit.map((each) => each.name).join(', ');
    const minutes = ((period.untilMs - period.fromMs) / MINUTE_MS).toFixed(1);
    queue.at(period.fromMs, () =>
      trace(() => `for ${minutes} minutes, Zoho refuses the ${scope} of ${names} wrongly: ${error}`),
    );
  }
  return planned;
}

/** The error with which Zoho refuses the credentials of a connection wrongly now. */
export function errorFor(
  planned: readonly WrongRefusal[],
  connection: WorldConnection | undefined,
  nowMs: number,
): string | undefined {
  return periodsNow(planned, connection, nowMs)[0]?.error;
}

function pickPeriod(name: string, { choices, queue, untilMs }: ZohoPeriodsOptions): Period {
  const [shortest, longest] = choices.pick(`${name} length`, MINUTES);
  const startMs = queue.now();
  const lengthMs = choices.between(`${name} for`, shortest * MINUTE_MS, longest * MINUTE_MS);
  const fromMs = choices.between(
    `${name} from`,
    startMs + MINUTE_MS,
    Math.max(startMs + MINUTE_MS, untilMs - lengthMs),
  );
  return { fromMs, untilMs: Math.min(untilMs, fromMs + lengthMs) };
}
