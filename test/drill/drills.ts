import { DRILL_CONNECTIONS, type DrillConnection, type MonitoredDeployment } from './monitored-deployment.ts';

/** A fault and the alarm that must go off for it. */
export interface Drill {
  /** Name of the alarm without that of the stack. */
  readonly alarm: string;
  readonly fault: string;
  /** Injects the fault. Returns the function that fixes it. */
  readonly inject: (drill: MonitoredDeployment) => Promise<() => Promise<void> | void>;
  /** Simulated seconds from the visible fault within which the alarm must be in ALARM. */
  readonly withinSeconds: number;
  /** Whether the fault has become visible. @default at once */
  readonly isVisible?: (drill: MonitoredDeployment) => boolean;
  /** Minutes from the fix within which the alarm must be OK. */
  readonly okWithinMinutes: number;
  /** Other alarms that may go off for the same fault, with the reason. */
  readonly also: Readonly<Record<string, string>>;
}

const MARGIN_MS = 180_000;
const PROD: DrillConnection = 'crm-prod';

/** The faults behind all alarms. */
export const DRILLS: readonly Drill[] = [
  {
    alarm: 'ReauthorizationNeeded',
    fault: 'the user revokes the authorization',
    inject: async (drill) => {
      drill.deployment.zoho.revoke(drill.authorizationOf(PROD).refreshToken);
      await requestToken(drill);
      return () => drill.authorize(PROD);
    },
    withinSeconds: 300,
    okWithinMinutes: 15,
    also: { UnauthorizedSpike: 'its consumers get 401s' },
  },
  {
    alarm: 'ReauthorizationNeeded',
    fault: 'an operator stores a wrong client secret',
    inject: async (drill) => {
      const good = drill.authorizationOf(PROD);
      putCredentials(drill, { ...good, clientSecret: 'f'.repeat(42) });
      await requestToken(drill);
      return () => putCredentials(drill, good);
    },
    withinSeconds: 120,
    okWithinMinutes: 15,
    also: {},
  },
  {
    alarm: 'ZohoThrottling',
    fault: 'something else mints with the same refresh token: Zoho throttles',
    inject: async (drill) => {
      const end = drill.deployment.zoho.injectFault({ kind: 'throttle', dataCenter: 'eu' });
      await requestToken(drill);
      return end;
    },
    withinSeconds: 120,
    okWithinMinutes: 60,
    also: {},
  },
  {
    alarm: 'RefreshFailing',
    fault: 'Zoho is down when tokens are due',
    inject: (drill) => Promise.resolve(zohoDown(drill)),
    isVisible: ({ deployment }) => deployment.metrics.ofFleet('RefreshFailed').length > 0,
    withinSeconds: 420,
    okWithinMinutes: 15,
    also: {},
  },
  {
    alarm: 'TokenExpiringSoon',
    fault: 'Secrets Manager denies the refresher',
    inject: (drill) => {
      const allow = drill.deployment.aws.secretsManager.faults.deny({
        operation: 'GetSecretValue',
        secret: '*/credentials',
      });
      return Promise.resolve(allow);
    },
    isVisible: (drill) => soonestExpiryMs(drill) < MARGIN_MS,
    withinSeconds: 120,
    okWithinMinutes: 15,
    also: { RefreshFailing: 'the same fault, noticed earlier' },
  },
  {
    alarm: 'RefresherSilent',
    fault: 'an operator disables the schedule',
    inject: (drill) => setFaults(drill, { scheduleIsDisabled: true }),
    withinSeconds: 300,
    okWithinMinutes: 10,
    also: {},
  },
  {
    alarm: 'RefresherSilent',
    fault: 'the schedule is disabled after 40 minutes in which CloudWatch lost the metrics of the log',
    inject: async (drill) => {
      const findMetrics = await setFaults(drill, { logMetricsAreLost: true });
      const wrong = (await drill.run(40)).filter(({ to }) => to === 'ALARM').map(({ alarm }) => alarm);
      if (wrong.length > 0) throw new Error(`Lost metrics alone set off ${wrong.join(', ')}.`);
      const enable = await setFaults(drill, { scheduleIsDisabled: true });
      return () => {
        enable();
        findMetrics();
      };
    },
    withinSeconds: 300,
    okWithinMinutes: 10,
    also: {},
  },
  {
    alarm: 'RefresherErrors',
    fault: 'the handler crashes',
    inject: (drill) => setFaults(drill, { handlerCrashes: true }),
    withinSeconds: 300,
    okWithinMinutes: 10,
    also: { RefresherSilent: 'nothing is refreshed' },
  },
  {
    alarm: 'DeliveryFailed',
    fault: 'a tick is in the dead-letter queue',
    inject: (drill) => setFaults(drill, { undelivered: 1 }),
    withinSeconds: 360,
    okWithinMinutes: 15,
    also: {},
  },
  {
    alarm: 'NotificationFailed',
    fault: 'SNS denies the refresher, and a connection is blocked',
    inject: async (drill) => {
      const allow = drill.deployment.aws.sns.faults.deny({ operation: 'Publish' });
      const good = drill.authorizationOf(PROD);
      putCredentials(drill, { ...good, clientSecret: 'f'.repeat(42) });
      await requestToken(drill);
      return () => {
        allow();
        putCredentials(drill, good);
      };
    },
    withinSeconds: 180,
    okWithinMinutes: 15,
    also: { ReauthorizationNeeded: 'the connection is blocked' },
  },
  {
    alarm: 'UnauthorizedSpike',
    fault: 'one call in twenty is answered with 401',
    inject: (drill) => setFaults(drill, { rejectOneCallIn: 20 }),
    withinSeconds: 360,
    okWithinMinutes: 15,
    also: {
      'UnauthorizedSpike-crm-prod': 'its share of them',
      'UnauthorizedSpike-desk-us': 'its share of them',
    },
  },
  {
    alarm: 'ContractChanged',
    fault: 'Zoho sends a new refresh token with a token',
    inject: async (drill) => {
      const end = drill.deployment.zoho.injectFault({ kind: 'rotated-refresh-token', dataCenter: 'eu' });
      await requestToken(drill);
      return end;
    },
    withinSeconds: 360,
    okWithinMinutes: 90,
    also: {},
  },
];

/** Time until the first token expires. */
function soonestExpiryMs(drill: MonitoredDeployment): number {
  const ends = Object.keys(DRILL_CONNECTIONS).map((name) =>
    Date.parse(drill.deployment.readToken(name)?.expires_at ?? ''),
  );
  return Math.min(...ends) - drill.nowMs();
}

/** Sets faults of the parts around the refresher. Returns the function that resets them. */
function setFaults(
  { faults }: MonitoredDeployment,
  injected: Partial<MonitoredDeployment['faults']>,
): Promise<() => void> {
  const before = { ...faults };
  Object.assign(faults, injected);
  return Promise.resolve(() => {
    Object.assign(faults, before);
  });
}

/** Makes Zoho fail every call. Returns the function that ends it. */
export function zohoDown(drill: MonitoredDeployment): () => void {
  return drill.deployment.zoho.injectFault({ kind: 'html-5xx' });
}

/** An operator requests a token, which makes the fault visible at once. */
async function requestToken(drill: MonitoredDeployment): Promise<void> {
  await drill.deployment.refresh(PROD, { reason: 'operator' });
}

function putCredentials(
  drill: MonitoredDeployment,
  { clientId, clientSecret, refreshToken }: ReturnType<MonitoredDeployment['authorizationOf']>,
): void {
  drill.deployment.putCredentials(PROD, {
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    data_center: DRILL_CONNECTIONS[PROD].dataCenter,
  });
}
