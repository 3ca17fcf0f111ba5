import type { Answer } from '../../sandbox/zoho/answers.ts';
import { type Delivery, deliver, deliverWithFault } from '../../sandbox/zoho/delivery.ts';
import type { ContractChange } from '../../sandbox/zoho/oauth-state.ts';
import type { Choices } from './choices.ts';
import { foreignApi, otherApiHost } from './hostile-strings.ts';
import type { WorldConnection } from './world-connection.ts';
import { periodsNow, type ZohoPeriod, type ZohoPeriodsOptions } from './zoho-periods.ts';

/** A period in which Zoho answers otherwise than it documents, for the connections of a data center. */
export interface ProviderChange extends ZohoPeriod {
  readonly what: (typeof CHANGES)[number];
}

const CHANGES = [
  'long tokens',
  'tokens that are too long',
  'another API host',
  "another data center's API host",
  'short lives',
  'short lives',
  'rotated refresh tokens',
  'rotated refresh tokens',
] as const;

const LIFE_SECONDS: readonly [Range, ...Range[]] = [
  [60, 900],
  [900, 1_800],
  [1_800, 3_000],
];
type Range = readonly [shortest: number, longest: number];

const MINUTE_MS = 60_000;
const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;

/** Plans what Zoho changes, for some minutes, for hours or for ever. */
export function planProviderChanges(options: ZohoPeriodsOptions): readonly ProviderChange[] {
  const { choices, connections, kind, queue, untilMs, trace } = options;
  const [first, ...others] = connections;
  const planned: ProviderChange[] = [];
  for (let index = 0; index < kind.mostProviderChanges; index += 1) {
    const name = `provider change ${index}`;
    if (first === undefined || !choices.happens(name, kind.providerChangeRate)) continue;
    const { location } = choices.pick(`${name} where`, [first, ...others]);
    const what = choices.pick(`${name} what`, CHANGES);
    const hit = connections.filter((each) => each.location === location);
    const fromMs = choices.between(`${name} from`, queue.now() - MINUTE_MS, untilMs);
    const minutes = choices.pick(`${name} for`, [5, 60, 600, undefined]);
    const endMs = minutes === undefined ? FOR_EVER_MS : Math.min(fromMs + minutes * MINUTE_MS, untilMs);
    planned.push({ what, connections: hit, fromMs, untilMs: endMs });
    queue.at(fromMs, () => {
      trace(() => `Zoho changes for ${minutes ?? 'ever, not'} minutes in ${location}: ${what}`);
      const contract = contractOf(what, name, choices);
      for (const connection of contract === undefined ? [] : hit) connection.changeContract(contract ?? {});
    });
    if (minutes !== undefined)
      queue.at(endMs, () => {
        for (const connection of hit) connection.changeContract({});
      });
  }
  return planned;
}

/** What is delivered instead of Zoho's documented answer, or undefined if nothing has changed now. */
export function changedDelivery(
  planned: readonly ProviderChange[],
  connection: WorldConnection,
  nowMs: number,
  settle: () => Answer,
): Delivery | undefined {
  const changes = periodsNow(planned, connection, nowMs).map(({ what }) => what);
  if (changes.includes('tokens that are too long'))
    return deliverWithFault({ kind: 'overlong-token' }, settle);
  if (changes.includes('long tokens')) return deliverWithFault({ kind: 'long-token' }, settle);
  if (changes.includes('another API host')) return withApi(settle(), otherApiHost(connection.location));
  if (changes.includes("another data center's API host"))
    return withApi(settle(), foreignApi(connection.location));
  return undefined;
}

function contractOf(
  what: ProviderChange['what'],
  name: string,
  choices: Choices,
): ContractChange | undefined {
  if (what === 'rotated refresh tokens')
    return { rotation: { graceMs: choices.pick(`${name} grace`, [0, 2 * MINUTE_MS, FOR_EVER_MS]) } };
  if (what !== 'short lives') return undefined;
  const [shortest, longest] = choices.pick(`${name} life`, LIFE_SECONDS);
  return { accessTokenLifeSeconds: choices.between(`${name} seconds`, shortest, longest) };
}

function withApi(answer: Answer, host: string): Delivery {
  const document = JSON.parse(answer.body) as Record<string, unknown>;
  if (document.access_token === undefined) return deliver(answer);
  return deliver({ ...answer, body: JSON.stringify({ ...document, api_domain: `https://${host}` }) });
}
