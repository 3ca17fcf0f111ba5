import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import { awsFault } from '../../sandbox/aws/aws-error.ts';
import { type DrillConnection, MonitoredDeployment } from './monitored-deployment.ts';
import { blocked, type Level, recovered } from './on-call.ts';

const MINUTE_MS = 60_000;
const HOUR = 60;
const DAY_MS = 24 * HOUR * MINUTE_MS;
const LATE_MS = 5 * MINUTE_MS;

/** A part of a story, and what on-call gets in it: each of these once, and nothing else. */
interface Part {
  readonly happen: (drill: MonitoredDeployment) => Promise<unknown>;
  readonly sent: Readonly<Partial<Record<Level, readonly string[]>>>;
}

/** A story of a running system. */
export interface Trouble {
  readonly story: string;
  readonly parts: readonly Part[];
}

/** How a story went. */
export interface TroubleResult {
  readonly story: string;
  /** Messages to each topic, those that something is over among them. */
  readonly sent: Readonly<Record<Level, number>>;
  /** Empty when it passed. */
  readonly problems: readonly string[];
}

const NOTHING = {};
/** Its consumers get 401s at once, which is an alarm of its own. */
const REVOKED = (name: string) => [blocked(name), `ALARM: UnauthorizedSpike-${name}`];
const AUTHORIZED = (name: string) => [recovered(name), `OK: UnauthorizedSpike-${name}`];

/** The stories of a running system that are not about one alarm. */
export const TROUBLES: readonly Trouble[] = [
  {
    story: 'a deployment at noon, while a connection is blocked',
    parts: [
      { happen: (drill) => revoke(drill, 'desk-us'), sent: { page: REVOKED('desk-us') } },
      {
        happen: async (drill) => {
          drill.redeploy();
          await drill.run(2 * HOUR);
        },
        // Its token has expired, and consumers call no more.
        sent: { page: ['OK: UnauthorizedSpike-desk-us'] },
      },
      { happen: (drill) => authorize(drill, 'desk-us'), sent: { page: [recovered('desk-us')] } },
    ],
  },
  {
    story: 'an hour without Zoho',
    parts: outage((drill) => drill.deployment.zoho.injectFault({ kind: 'html-5xx' }), {
      code: 'server_error',
      also: ['ZohoThrottling'],
    }),
  },
  {
    story: 'an hour without Secrets Manager',
    parts: outage(
      (drill) =>
        drill.deployment.aws.secretsManager.faults.deny({ operation: '*' }, awsFault('InternalServiceError')),
      { code: 'aws_unavailable' },
    ),
  },
  ...[DAY_MS, -DAY_MS, 4 * MINUTE_MS, -4 * MINUTE_MS].map(
    (clockIsAheadMs): Trouble => ({
      story: `a clock that is ${Math.abs(clockIsAheadMs) / MINUTE_MS} minutes ${clockIsAheadMs > 0 ? 'fast' : 'slow'}, for 2 hours`,
      parts: [
        {
          happen: (drill) => withFaults(drill, { clockIsAheadMs }, () => drill.run(2 * HOUR)),
          sent: NOTHING,
        },
        { happen: (drill) => drill.run(HOUR), sent: NOTHING },
      ],
    }),
  ),
  {
    story: 'CloudWatch shows the metrics of the log five minutes late, and a connection is revoked',
    parts: revokedWhile({ logMetricsAreLateMs: LATE_MS }, NOTHING),
  },
  {
    // No source of a heartbeat is left, and CloudWatch cannot know that it is late.
    story: 'CloudWatch shows all metrics five minutes late, and a connection is revoked',
    parts: revokedWhile(
      { logMetricsAreLateMs: LATE_MS, metricsOfAwsAreLateMs: LATE_MS },
      { page: ['ALARM: page', 'OK: page'] },
    ),
  },
];

/** Runs the stories, each in a deployment of its own. */
export async function runTroubles(
  definitions: readonly AlarmDefinition[],
  troubles: readonly Trouble[] = TROUBLES,
): Promise<readonly TroubleResult[]> {
  const results: TroubleResult[] = [];
  for (const trouble of troubles) results.push(await runTrouble(trouble, definitions));
  return results;
}

async function runTrouble(
  { story, parts }: Trouble,
  definitions: readonly AlarmDefinition[],
): Promise<TroubleResult> {
  const drill = await MonitoredDeployment.start(definitions);
  try {
    const problems: string[] = [];
    for (const { happen, sent } of parts) {
      await happen(drill);
      problems.push(...drill.onCall.differencesFrom(sent));
    }
    const { page, ticket } = drill.onCall.sent;
    return { story, sent: { page: page.length, ticket: ticket.length }, problems };
  } finally {
    await drill.close();
  }
}

/** Something that no token can be got without fails for an hour. Tokens expire in it. */
function outage(
  begin: (drill: MonitoredDeployment) => () => void,
  { code, also = [] }: { readonly code: string; readonly also?: readonly string[] },
): Part[] {
  const tickets = ['RefreshFailing', ...also];
  const without = (name: string) => `ALARM: Zoho ${name} has no valid token: ${code}`;
  const withOne = (name: string) => `OK: Zoho ${name} has a valid token again`;
  return [
    { happen: (drill) => drill.run(25), sent: NOTHING },
    {
      happen: async (drill) => {
        const end = begin(drill);
        await drill.run(HOUR);
        end();
        await drill.run(30);
      },
      sent: {
        page: ['ALARM: TokenExpiringSoon', 'OK: TokenExpiringSoon'],
        ticket: [
          ...tickets.flatMap((alarm) => [`ALARM: ${alarm}`, `OK: ${alarm}`]),
          ...['crm-prod', 'desk-us'].flatMap((name) => [without(name), withOne(name)]),
        ],
      },
    },
  ];
}

/** A connection is revoked with faults of CloudWatch, which end before it is authorized again. */
function revokedWhile(faults: Partial<MonitoredDeployment['faults']>, also: Part['sent']): Part[] {
  return [
    {
      happen: (drill) =>
        withFaults(drill, faults, async () => {
          await revoke(drill, 'crm-prod');
          await drill.run(15);
        }).then(() => authorize(drill, 'crm-prod')),
      sent: { page: [...REVOKED('crm-prod'), ...AUTHORIZED('crm-prod'), ...(also.page ?? [])] },
    },
  ];
}

async function revoke(drill: MonitoredDeployment, name: DrillConnection): Promise<void> {
  drill.deployment.zoho.revoke(drill.authorizationOf(name).refreshToken);
  await drill.deployment.refresh(name, { reason: 'operator' });
  await drill.run(15);
}

async function authorize(drill: MonitoredDeployment, name: DrillConnection): Promise<void> {
  drill.authorize(name);
  await drill.run(30);
}

async function withFaults(
  { faults }: MonitoredDeployment,
  injected: Partial<MonitoredDeployment['faults']>,
  work: () => Promise<unknown>,
): Promise<void> {
  const before = { ...faults };
  Object.assign(faults, injected);
  await work();
  Object.assign(faults, before);
}
