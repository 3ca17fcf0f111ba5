import type { ReadResult } from '../aws/try-read.ts';
import type { ActiveAlarm } from '../cloudwatch/alarms.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

/** The alarm of a connection is named `<namePrefix><Alarm>-<connection>`, the alarm of all connections `<namePrefix><Alarm>`. */
const ALARM_ID = /^([A-Za-z0-9]+)(?:-(.+))?$/;

/** Its alarms end with the number of a shard. */
const SHARD_ALARM = 'ShardSilent';

/** What one connection can cause for all of them together. The other alarms are about the refresher, which this connection needs. */
const CAUSED_BY_CONNECTIONS = new Set([
  'ReauthorizationNeeded',
  'TokenExpiringSoon',
  'UnauthorizedSpike',
  'RefreshFailing',
  'ZohoThrottling',
  'TokensRejected',
  'ScopeDrift',
]);

/** What is examined. */
export type ConcernedBy =
  | 'deployment'
  /** `shard` is the one that refreshes the connection, if it is in a fleet. */
  | { readonly name: string; readonly shard: number | undefined };

/**
 * Alarms of this connection, its shard and the refresher. Those that any connection can cause are only named: the other checks find what
 * concerns this one. Alarms of other connections are ignored, and so are composite alarms, which repeat them. Of a deployment, all others
 * concern it.
 */
export function judgeAlarms(
  active: ReadResult<readonly ActiveAlarm[]>,
  { concerned, namePrefix }: { readonly concerned: ConcernedBy; readonly namePrefix: string },
  nowMs: number,
): Finding {
  if (active.kind === 'unavailable') return unavailable('the alarms', active.error);
  const concerning = active.value.flatMap((alarm) => {
    const [, runbook, part] = ALARM_ID.exec(alarm.name.slice(namePrefix.length)) ?? [];
    if (runbook === undefined || alarm.isComposite) return [];
    if (concerned === 'deployment') return [{ ...alarm, runbook, isOurs: true }];
    const own = runbook === SHARD_ALARM ? String(concerned.shard) : concerned.name;
    const isForAnother = part !== undefined && part !== own;
    return isForAnother
      ? []
      : [{ ...alarm, runbook, isOurs: part === own || !CAUSED_BY_CONNECTIONS.has(runbook) }];
  });
  if (concerning.length === 0) return pass('no alarm is in ALARM');
  const describe = ({ name: alarmName, sinceMs, reason, runbook }: (typeof concerning)[number]) => {
    const since = sinceMs === undefined ? '' : ` for ${formatDuration(nowMs - sinceMs)}`;
    return `${alarmName}${since}${reason === '' ? '' : `: ${reason}`}. See docs/runbooks/${runbook}.md`;
  };
  if (!concerning.some(({ isOurs }) => isOurs))
    return pass('none of this connection, but of all connections together', concerning.map(describe));
  const runbooks = [...new Set(concerning.map(({ runbook }) => `docs/runbooks/${runbook}.md`))];
  return fail(
    `${concerning.length} in ALARM: ${concerning.map((alarm) => alarm.name).join(', ')}`,
    `See ${runbooks.join(', ')}.`,
    concerning.map(describe),
  );
}
