import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import { MonitoredDeployment } from './monitored-deployment.ts';

const STACK = 'ZohoTokenRefresher-';
const EXPIRING = `${STACK}TokenExpiringSoon`;
const SILENT = `${STACK}page`;

/** What paged in the story of {@link runExpired}. */
export interface ExpiredResult {
  /** The alarms that notified the page topic, in order. */
  readonly pages: readonly string[];
  /** Why the story failed; empty when it passed. */
  readonly problems: readonly string[];
}

/**
 * The token of a declared connection expires and stays expired: one page. Hours later the schedule stops, also for longer than the
 * other token lives: one more. The schedule runs again, which pages no one, although the first problem lasts. Then that is fixed.
 */
export async function runExpired(definitions: readonly AlarmDefinition[]): Promise<ExpiredResult> {
  const drill = await MonitoredDeployment.start(definitions);
  const pages: string[] = [];
  const problems: string[] = [];
  const step = async (what: string, minutes: number, expected: readonly string[]) => {
    const found = drill.pagesIn(await drill.run(minutes));
    pages.push(...found);
    if (found.join() !== expected.join())
      problems.push(`${what} paged ${found.join(', ') || 'no one'}, not ${expected.join(', ') || 'no one'}`);
  };
  try {
    const allow = drill.deployment.aws.secretsManager.faults.deny({
      operation: 'GetSecretValue',
      secret: 'zoho/crm-prod/credentials',
    });
    await step('an expired token of a declared connection', 120, [EXPIRING]);
    drill.faults.scheduleIsDisabled = true;
    await step('a schedule that stops while a token is expired', 90, [SILENT]);
    drill.faults.scheduleIsDisabled = false;
    await step('a schedule that runs again while a token is expired', 60, []);
    if (drill.stateOf(EXPIRING) !== 'ALARM')
      problems.push('TokenExpiringSoon ended before the token was renewed');
    allow();
    await step('the end of everything', 60, []);
    for (const alarm of [EXPIRING, SILENT])
      if (drill.stateOf(alarm) !== 'OK') problems.push(`${alarm} did not end`);
    return { pages, problems };
  } finally {
    await drill.close();
  }
}
