import type { Look } from '../aws/try-read.ts';
import type { AlarmInAlarm } from '../cloudwatch/alarms.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { type Finding, fail, pass, unseen } from './finding.ts';

/** An alarm of a connection is called `<stack>-<Alarm>-<connection>`, one of the fleet `<stack>-<Alarm>`. */
const ALARM_ID = /^([A-Za-z0-9]+)(?:-(.+))?$/;

/** Alarms that are about this connection or the whole fleet; those of other connections are theirs. */
export function judgeAlarms(
  ringing: Look<readonly AlarmInAlarm[]>,
  { name, stackName }: { readonly name: string; readonly stackName: string },
  nowMs: number,
): Finding {
  if (ringing.kind === 'unseen') return unseen('alarms', ringing.error);
  const concerning = ringing.value.flatMap((alarm) => {
    const [, runbook, connection] = ALARM_ID.exec(alarm.name.slice(stackName.length + 1)) ?? [];
    const isAnothers = connection !== undefined && connection !== name;
    return runbook === undefined || isAnothers ? [] : [{ ...alarm, runbook }];
  });
  if (concerning.length === 0) return pass('none is in ALARM');
  const runbooks = [...new Set(concerning.map(({ runbook }) => `docs/runbooks/${runbook}.md`))];
  return fail(
    `${concerning.length} in ALARM: ${concerning.map((alarm) => alarm.name).join(', ')}`,
    runbooks.join(', '),
    concerning.map(({ name: alarmName, sinceMs, reason }) => {
      const since = sinceMs === undefined ? '' : ` for ${formatDuration(nowMs - sinceMs)}`;
      return `${alarmName}${since}${reason === '' ? '' : `: ${reason}`}`;
    }),
  );
}
