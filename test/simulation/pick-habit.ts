import type { Choices } from './choices.ts';
import type { Ailment } from './simulated-api.ts';
import type { WorldKind } from './world-kind.ts';

/** How one consumer behaves. */
export interface Habit {
  readonly everyMs: readonly [number, number];
  /** A Lambda function: frozen between two invocations. */
  readonly isFrozenBetween: boolean;
  /** Each call is made by a new process. */
  readonly isShortLived: boolean;
  readonly ailment: Ailment | undefined;
  readonly ailsAfterMs: number;
  /** How far its clock is ahead, apart from some seconds. */
  readonly skewMs: number;
  /** How far its clock jumps, again and again. */
  readonly jumpMs: number | undefined;
}

const MINUTE_MS = 60_000;
const TWO_HOURS_MS = 120 * MINUTE_MS;

/** Seconds between two calls. */
const EVERY = {
  server: { hour: [5, 50], day: [120, 600] },
  function: { hour: [20, 200], day: [120, 1_200] },
  'short-lived': { hour: [40, 200], day: [240, 1_200] },
} as const;

/** The first consumer of a world is healthy, so that someone notices when a token has died. */
export function pickHabit(
  choices: Choices,
  name: string,
  { kind, isFirst }: { readonly kind: WorldKind; readonly isFirst: boolean },
): Habit {
  const type = choices.pick(`${name} type`, ['server', 'server', 'function', 'short-lived'] as const);
  const [shortest, longest] = EVERY[type][kind.name === 'day' ? 'day' : 'hour'];
  const isAiling = choices.happens(`${name} ails`, isFirst ? 0 : 0.7);
  const isOffTime = choices.happens(`${name} clock`, 0.35);
  const clock = isOffTime ? choices.pick(`${name} clock how`, CLOCKS) : {};
  return {
    everyMs: [shortest * 1000, longest * 1000],
    isFrozenBetween: type === 'function',
    isShortLived: type === 'short-lived',
    ailment: isAiling ? choices.pick(`${name} ailment`, AILMENTS) : undefined,
    ailsAfterMs: choices.between(`${name} ails after`, 0, kind.name === 'day' ? 600 : 20) * MINUTE_MS,
    skewMs: 0,
    jumpMs: undefined,
    ...clock,
  };
}

const AILMENTS: readonly [Ailment, ...Ailment[]] = [
  'missing scope',
  'unknown 401',
  'unknown 401',
  'proxy',
  'every token is rejected',
];

const CLOCKS: readonly [Partial<Habit>, ...Partial<Habit>[]] = [
  { skewMs: TWO_HOURS_MS },
  { skewMs: -TWO_HOURS_MS },
  { jumpMs: TWO_HOURS_MS },
  { jumpMs: -TWO_HOURS_MS },
];
