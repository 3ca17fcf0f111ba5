import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { HANGS, type Outage } from './outages.ts';
import type { PlannedAction } from './plan-actions.ts';
import type { PlannedConsumer } from './plan-consumers.ts';
import type { WorldKind } from './world-kind.ts';
import type { ZohoBehavior } from './world-zoho.ts';

/** What is known of a world before it runs. */
export interface WorldPlan {
  readonly kind: WorldKind;
  readonly config: RefresherConfig;
  readonly behavior: ZohoBehavior;
  readonly outages: readonly Outage[];
  /** The greatest share of calls that a fault is injected into. */
  readonly faultRate: number;
  readonly crashesDuringRotation: boolean;
  readonly actions: readonly PlannedAction[];
  readonly consumers: readonly PlannedConsumer[];
}

type Test = (plan: WorldPlan) => boolean;

const isOutage =
  (service: Outage['service'], fault: string): Test =>
  ({ outages }) =>
    outages.some((outage) => outage.service === service && outage.fault === fault);

const isAction =
  (what: PlannedAction['what']): Test =>
  ({ actions }) =>
    actions.some((action) => action.what === what);

/** What some defects need. A defect that names its traits is looked for in worlds that have all of them. */
export const WORLD_TRAITS = {
  'a connection is parked': ({ kind }) => kind.name === 'parking',
  'a whole day': ({ kind }) => kind.name === 'day',
  'a fleet': ({ kind }) => kind.name === 'fleet',
  'many faults': ({ faultRate }) => faultRate >= 0.15,
  'rotated refresh tokens are stored': ({ config, behavior }) =>
    config.acceptRotatedRefreshTokens &&
    behavior.changes.some(({ what }) => what === 'rotated refresh tokens'),
  'crashes while a refresh token is stored': ({ config, behavior, crashesDuringRotation }) =>
    config.acceptRotatedRefreshTokens &&
    crashesDuringRotation &&
    behavior.changes.some(({ what }) => what === 'rotated refresh tokens'),
  'short lives': ({ behavior }) => behavior.changes.some(({ what }) => what === 'short lives'),
  'every change is announced': ({ config }) => config.stateChangeEvents.length > 2,
  'Zoho refuses a data center wrongly': ({ behavior }) =>
    behavior.wrongRefusals.some(
      ({ connections }) =>
        connections.length > 2 && new Set(connections.map(({ clientId }) => clientId)).size > 1,
    ),
  'Zoho throttles every call': isOutage('zoho', 'throttled'),
  'DynamoDB answers no call': isOutage('dynamodb', HANGS),
  'Secrets Manager answers no call of a consumer': isOutage('secretsmanager', HANGS),
  'a connection with relentless consumers is removed from the configuration': ({ actions }) => {
    const removed = actions.filter(({ what }) => what === 'remove from the configuration');
    return actions.some(
      ({ what, connection }) =>
        what === 'relentless consumers' && removed.some((other) => other.connection === connection),
    );
  },
  'the table is restored': isAction('restore the table'),
  'the fleet changes': isAction('change the fleet'),
  'the fleet is turned off': isAction('turn the fleet off'),
  'a connection is revoked': isAction('revoke'),
  'a consumer is frozen between calls, for hours': ({ kind, consumers }) =>
    kind.name === 'hours' && consumers.some(({ habit }) => habit.isFrozenBetween),
  'the clock of a consumer is set back': ({ consumers }) =>
    consumers.some(({ habit }) => habit.jumpMs !== undefined && habit.jumpMs < 0),
} as const satisfies Record<string, Test>;
export type WorldTrait = keyof typeof WORLD_TRAITS;

/** Whether a world has all of the traits. */
export function hasTraits(plan: WorldPlan, traits: readonly WorldTrait[]): boolean {
  return traits.every((trait) => WORLD_TRAITS[trait](plan));
}
