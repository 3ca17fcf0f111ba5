import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { revokeConnection } from '../../lambdas/core/connection/operator-transitions.ts';
import { awsFault } from '../../sandbox/aws/aws-error.ts';
import { zohoDown } from './drills.ts';
import type { DrillConnection, MonitoredDeployment } from './monitored-deployment.ts';
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

const NOTHING = {};

/** The stories of a running system that are not about one alarm. */
export const TROUBLES: readonly Trouble[] = [
  {
    story: 'a deployment at noon, while a connection is blocked',
    parts: [
      { happen: (drill) => revoke(drill, 'desk-us'), sent: { page: [blocked('desk-us')] } },
      {
        happen: async (drill) => {
          drill.redeploy();
          await drill.run(75);
        },
        sent: NOTHING,
      },
      { happen: (drill) => authorize(drill, 'desk-us'), sent: { page: [recovered('desk-us')] } },
    ],
  },
  {
    story: 'an hour without Zoho',
    parts: outage((drill) => zohoDown(drill), ['ZohoThrottling']),
  },
  {
    story: 'an hour without Secrets Manager',
    parts: outage((drill) =>
      drill.deployment.aws.secretsManager.faults.deny({ operation: '*' }, awsFault('InternalServiceError')),
    ),
  },
  ...[DAY_MS, -DAY_MS, 4 * MINUTE_MS, -4 * MINUTE_MS].map(
    (clockIsAheadMs): Trouble => ({
      story: `a clock that is ${Math.abs(clockIsAheadMs) / MINUTE_MS} minutes ${clockIsAheadMs > 0 ? 'fast' : 'slow'}, for 70 minutes`,
      parts: [
        {
          happen: (drill) => withFaults(drill, { clockIsAheadMs }, () => drill.run(70)),
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
    story: 'one connection of two gets no token for two hours',
    parts: withoutToken('crm-prod', 'aws_access_denied'),
  },
  {
    story: 'consumers of a revoked connection notice it first, and call on until its token expires',
    parts: [
      {
        happen: async (drill) => {
          drill.deployment.zoho.revoke(drill.authorizationOf('crm-prod').refreshToken);
          await drill.run(75);
        },
        sent: { page: [blocked('crm-prod')] },
      },
      { happen: (drill) => authorize(drill, 'crm-prod'), sent: { page: [recovered('crm-prod')] } },
      {
        happen: (drill) => withFaults(drill, { rejectOneCallIn: 20 }, () => drill.run(15)),
        sent: { page: ['ALARM: UnauthorizedSpike-crm-prod', 'ALARM: UnauthorizedSpike-desk-us'] },
      },
    ],
  },
  {
    story: 'an operator revokes and pauses a connection, whose consumers call on',
    parts: [{ happen: revokeByOperator, sent: NOTHING }],
  },
  {
    story: 'CloudWatch shows all metrics four minutes late, for half an hour',
    parts: [
      {
        happen: async (drill) => {
          const lateMs = 4 * MINUTE_MS;
          const faults = { logMetricsAreLateMs: lateMs, metricsOfAwsAreLateMs: lateMs };
          await withFaults(drill, faults, () => drill.run(30));
          await drill.run(10);
        },
        sent: NOTHING,
      },
    ],
  },
  {
    // A refresher that died five minutes ago looks the same, and must have paged by now.
    story: 'CloudWatch shows all metrics five minutes late, and a connection is revoked',
    parts: revokedWhile(
      { logMetricsAreLateMs: LATE_MS, metricsOfAwsAreLateMs: LATE_MS },
      { page: ['ALARM: page', 'OK: page'] },
    ),
  },
];

/** Something that no token can be got without fails for an hour. Tokens expire in it. */
function outage(begin: (drill: MonitoredDeployment) => () => void, also: readonly string[] = []): Part[] {
  const tickets = ['RefreshFailing', ...also];
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
        // None by name: no connection has succeeded since the first one failed.
        ticket: tickets.flatMap((alarm) => [`ALARM: ${alarm}`, `OK: ${alarm}`]),
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
      sent: { page: [blocked('crm-prod'), recovered('crm-prod'), ...(also.page ?? [])] },
    },
  ];
}

/** Secrets Manager denies the credentials of one connection, while the other one is renewed. */
function withoutToken(name: DrillConnection, code: string): Part[] {
  const secret = `zoho/${name}/credentials`;
  return [
    {
      happen: async (drill) => {
        const allow = drill.deployment.aws.secretsManager.faults.deny({
          operation: 'GetSecretValue',
          secret,
        });
        await drill.run(2 * HOUR);
        allow();
        await drill.run(HOUR);
      },
      sent: {
        page: ['ALARM: TokenExpiringSoon', 'OK: TokenExpiringSoon'],
        ticket: [
          'ALARM: RefreshFailing',
          'OK: RefreshFailing',
          `ALARM: Zoho ${name} has no valid token: ${code}`,
          `OK: Zoho ${name} has a valid token again`,
        ],
      },
    },
  ];
}

/** What `zoho-tokens revoke` does. The token stays in its secret until it expires. */
async function revokeByOperator(drill: MonitoredDeployment): Promise<void> {
  const { deployment } = drill;
  deployment.zoho.revoke(drill.authorizationOf('crm-prod').refreshToken);
  const table = createConnectionTable(deployment.dependencies.aws.dynamoDb, deployment.aws.tableName);
  const row = await deployment.readConnection('crm-prod');
  const nowMs = drill.nowMs();
  const paused = revokeConnection(row, row.credentialsVersionId ?? '', nowMs);
  await table.replaceIfFree(row, paused, nowMs, AbortSignal.timeout(5_000));
  await drill.run(75);
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
