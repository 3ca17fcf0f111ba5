import { expect, test } from 'vitest';
import {
  CONNECTION_STATES,
  EVENT_DETAIL_TYPE,
  EVENT_SOURCE,
} from '../../../lambdas/core/connection/state-change.ts';
import { DUE_INDEX, EXPIRY_INDEX } from '../../../lambdas/core/connection/table-indexes.ts';
import {
  CONNECTION_DIMENSION,
  METRIC_NAMESPACE,
  METRICS,
  SERVICE_DIMENSION,
} from '../../../lambdas/core/metrics.ts';

test('the metrics have the names that dashboards outside of this repository use', () => {
  expect([METRIC_NAMESPACE, SERVICE_DIMENSION, CONNECTION_DIMENSION]).toEqual([
    'ZohoTokenRefresher',
    'service',
    'connection',
  ]);
  expect(METRICS).toEqual({
    Heartbeat: { unit: 'Count' },
    ShardHeartbeat: { unit: 'Count' },
    RefreshSucceeded: { unit: 'Count' },
    RefreshFailed: { unit: 'Count' },
    FailingWeight: { unit: 'Count' },
    Throttled: { unit: 'Count' },
    BudgetExhausted: { unit: 'Count' },
    ThrottlingWeight: { unit: 'Count' },
    ComplaintsDeclined: { unit: 'Count' },
    Refused: { unit: 'Count' },
    ContractChanged: { unit: 'Count' },
    Blocked: { unit: 'Count' },
    OutOfService: { unit: 'Count' },
    NotificationFailed: { unit: 'Count' },
    ScopeDrift: { unit: 'Count' },
    SoonestExpirySeconds: { unit: 'Seconds' },
    FleetExpirySeconds: { unit: 'Seconds' },
    ClockSkewSeconds: { unit: 'Seconds' },
    TimesDistrusted: { unit: 'Count' },
    Unauthorized: { unit: 'Count' },
    SecretUnavailable: { unit: 'Count' },
  });
});

test('the events have the names that rules outside of this repository use', () => {
  expect([EVENT_SOURCE, EVENT_DETAIL_TYPE, CONNECTION_STATES]).toEqual([
    'zoho-token-refresher',
    'Zoho Connection State Change',
    ['refused', 'blocked', 'recovered', 'refreshed'],
  ]);
});

test('the indexes of the table have the names that its contract documents', () => {
  expect([DUE_INDEX, EXPIRY_INDEX]).toEqual(['due', 'expiry']);
});
