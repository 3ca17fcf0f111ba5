import { DRILL_CONNECTIONS, type DrillConnection, type DrillWorld } from './monitored-deployment.ts';

/** One fault, the alarm that has to go off for it, and how it is mended. */
export interface Drill {
  /** The alarm's name without the stack's. */
  readonly alarm: string;
  readonly fault: string;
  /** Breaks something. Returns what mends it. */
  readonly inject: (drill: DrillWorld) => Promise<() => Promise<void> | void>;
  /** Simulated seconds within which it has to be in ALARM, from the moment when the fault shows. */
  readonly withinSeconds: number;
  /** Whether anybody could notice it by now. @default at once */
  readonly shows?: (drill: DrillWorld) => boolean;
  /** Minutes within which it has to be OK after the mend. */
  readonly okWithinMinutes: number;
  /** Other alarms that may go off for the same fault, and why that is right. */
  readonly also: Readonly<Record<string, string>>;
}

const MARGIN_MS = 180_000;
const PROD: DrillConnection = 'crm-prod';
const SPIKES = {
  UnauthorizedSpike: 'consumers get 401s',
  'UnauthorizedSpike-crm-prod': 'its consumers get 401s',
} as const;

/** The fault behind each alarm, in turn. */
export const DRILLS: readonly Drill[] = [
  {
    alarm: 'ReauthorizationNeeded',
    fault: 'the user revokes the authorization',
    inject: async (drill) => {
      drill.world.zoho.revoke(drill.authorizationOf(PROD).refreshToken);
      await askFor(drill);
      return () => drill.authorize(PROD);
    },
    withinSeconds: 120,
    okWithinMinutes: 15,
    also: SPIKES,
  },
  {
    alarm: 'ReauthorizationNeeded',
    fault: 'somebody stores a wrong client secret',
    inject: async (drill) => {
      const good = drill.authorizationOf(PROD);
      putCredentials(drill, { ...good, clientSecret: 'f'.repeat(42) });
      await askFor(drill);
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
      const end = drill.world.zoho.injectFault({ kind: 'throttle', dataCenter: 'eu' });
      await askFor(drill);
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
    shows: ({ world }) => world.metrics.ofFleet('RefreshFailed').length > 0,
    withinSeconds: 420,
    okWithinMinutes: 15,
    also: {},
  },
  {
    alarm: 'TokenExpiringSoon',
    fault: 'Secrets Manager denies the refresher',
    inject: (drill) => {
      const allow = drill.world.aws.secretsManager.faults.deny({
        operation: 'GetSecretValue',
        secret: '*/credentials',
      });
      return Promise.resolve(allow);
    },
    shows: (drill) => soonestEndMs(drill) < MARGIN_MS,
    withinSeconds: 120,
    okWithinMinutes: 15,
    also: { RefreshFailing: 'the same, noticed earlier' },
  },
  {
    alarm: 'RefresherSilent',
    fault: 'somebody stops the schedule',
    inject: (drill) => {
      drill.trouble.scheduleIsOff = true;
      return Promise.resolve(() => {
        drill.trouble.scheduleIsOff = false;
      });
    },
    withinSeconds: 300,
    okWithinMinutes: 10,
    also: {},
  },
  {
    alarm: 'RefresherErrors',
    fault: 'the handler crashes',
    inject: (drill) => {
      drill.trouble.handlerCrashes = true;
      return Promise.resolve(() => {
        drill.trouble.handlerCrashes = false;
      });
    },
    withinSeconds: 300,
    okWithinMinutes: 10,
    also: { RefresherSilent: 'nothing is refreshed' },
  },
  {
    alarm: 'DeliveryFailed',
    fault: 'a tick lies in the dead-letter queue',
    inject: (drill) => {
      drill.trouble.undelivered = 1;
      return Promise.resolve(() => {
        drill.trouble.undelivered = 0;
      });
    },
    withinSeconds: 360,
    okWithinMinutes: 15,
    also: {},
  },
  {
    alarm: 'UnauthorizedSpike',
    fault: 'one call in twenty is answered with 401',
    inject: (drill) => {
      drill.trouble.oneInCallsIsRejected = 20;
      return Promise.resolve(() => {
        drill.trouble.oneInCallsIsRejected = 0;
      });
    },
    withinSeconds: 360,
    okWithinMinutes: 15,
    also: {
      'UnauthorizedSpike-crm-prod': 'its share of them',
      'UnauthorizedSpike-desk-us': 'its share of them',
    },
  },
  {
    alarm: 'ScopeDrift',
    fault: 'a consent lacks a declared scope',
    inject: async (drill) => {
      const end = drill.world.zoho.injectFault({ kind: 'narrowed-scope', dataCenter: 'eu' });
      await askFor(drill);
      return async () => {
        end();
        await drill.run(1);
        await askFor(drill);
      };
    },
    withinSeconds: 360,
    okWithinMinutes: 90,
    also: {},
  },
];

/** How long the token lives that ends first. */
function soonestEndMs(drill: DrillWorld): number {
  const ends = Object.keys(DRILL_CONNECTIONS).map((name) =>
    Date.parse(drill.world.readToken(name)?.expires_at ?? ''),
  );
  return Math.min(...ends) - drill.nowMs();
}

/** An hour without Zoho. */
export function zohoDown(drill: DrillWorld): () => void {
  return drill.world.zoho.injectFault({ kind: 'html-5xx' });
}

/** An operator asks for a token: the fault shows at once. */
async function askFor(drill: DrillWorld): Promise<void> {
  await drill.world.refresh(PROD, { reason: 'operator' });
}

function putCredentials(
  drill: DrillWorld,
  { clientId, clientSecret, refreshToken }: ReturnType<DrillWorld['authorizationOf']>,
): void {
  drill.world.putCredentials(PROD, {
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    data_center: DRILL_CONNECTIONS[PROD].dataCenter,
  });
}
