import { CONNECTION_STATES } from '../../lambdas/core/connection/state-change.ts';
import { DEFAULT_CONFIG, type RefresherConfig } from '../../lambdas/refresher/config.ts';
import type { Choices } from './choices.ts';
import type { WorldConnection } from './world-connection.ts';

/** The refresher's configuration in a world. The defaults are the most likely. */
export function pickConfig(choices: Choices, connections: readonly WorldConnection[]): RefresherConfig {
  return {
    ...DEFAULT_CONFIG,
    pageTopicArn: 'arn:aws:sns:eu-west-1:000000000000:page',
    ticketTopicArn: 'arn:aws:sns:eu-west-1:000000000000:ticket',
    tableName: 'connections',
    secretPrefix: 'zoho',
    declaredConnections: Object.fromEntries(connections.map(({ name, declaration }) => [name, declaration])),
    refreshMarginSeconds: choices.pick('margin', [300, 300, 1600]),
    refreshJitterSeconds: choices.pick('jitter', [60, 60, 30, 0]),
    functionTimeoutSeconds: choices.pick('timeout', [75, 75, 75, 60, 30]),
    zohoTimeoutSeconds: choices.pick('Zoho time-out', [10, 10, 5, 2, 20]),
    maxInFlight: choices.pick('in flight', [25, 25, 1]),
    acceptRotatedRefreshTokens: choices.pick('accepts rotation', [true, false]),
    stateChangeEvents: choices.pick<RefresherConfig['stateChangeEvents']>('announced', [
      CONNECTION_STATES,
      CONNECTION_STATES,
      DEFAULT_CONFIG.stateChangeEvents,
      [],
    ]),
  };
}
