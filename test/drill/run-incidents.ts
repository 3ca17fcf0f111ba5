import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import { TOPICS } from '../../sandbox/deployment/local-deployment.ts';
import { MonitoredDeployment } from './monitored-deployment.ts';

const PAGE = 'ZohoTokenRefresher-page';

/** What on-call got in the story of {@link runIncidents}. */
export interface IncidentsResult {
  /** What the refresher published to the page topic. */
  readonly published: readonly string[];
  /** Times that alarms notified the page topic. */
  readonly pagesOfSystem: number;
  /** Why the story failed; empty when it passed. */
  readonly problems: readonly string[];
}

/**
 * A connection is revoked and no one fixes it. Two hours later, another one is revoked; then the schedule stops. Each must be
 * notified, and once: what is unresolved hides nothing. Then all of it is fixed.
 */
export async function runIncidents(definitions: readonly AlarmDefinition[]): Promise<IncidentsResult> {
  const drill = await MonitoredDeployment.start(definitions);
  let pagesOfSystem = 0;
  const run = async (minutes: number) => {
    const changes = await drill.run(minutes);
    pagesOfSystem += drill.pagesIn(changes).length;
  };
  try {
    await revoke(drill, 'crm-prod');
    await run(120);
    await revoke(drill, 'desk-us');
    await run(10);
    const pagesBefore = pagesOfSystem;
    drill.faults.scheduleIsDisabled = true;
    await run(10);
    const pagesOfSilence = pagesOfSystem - pagesBefore;
    drill.faults.scheduleIsDisabled = false;
    for (const name of ['crm-prod', 'desk-us'] as const) drill.authorize(name);
    await run(20);

    const published = drill.deployment.aws.sns.messages
      .filter(({ topic }) => topic === TOPICS.page)
      .map(({ subject = '' }) => subject);
    const problems = [
      problemsOf(published),
      pagesOfSilence === 1 ? [] : [`a schedule that stops paged ${pagesOfSilence} times, not once`],
      pagesBefore === 0 ? [] : [`revoked connections set off ${pagesBefore} alarms that page`],
      drill.stateOf(PAGE) === 'OK' ? [] : ['the composite alarm did not end'],
    ].flat();
    return { published, pagesOfSystem, problems };
  } finally {
    await drill.close();
  }
}

const EXPECTED = [
  'ALARM: Zoho crm-prod is blocked: invalid_code',
  'ALARM: Zoho desk-us is blocked: invalid_code',
  'OK: Zoho crm-prod has recovered',
  'OK: Zoho desk-us has recovered',
];

function problemsOf(published: readonly string[]): string[] {
  const unexpected = published.filter((subject) => !EXPECTED.includes(subject));
  return [
    EXPECTED.flatMap((subject) => {
      const times = published.filter((each) => each === subject).length;
      return times === 1 ? [] : [`"${subject}" was published ${times} times, not once`];
    }),
    unexpected.map((subject) => `"${subject}" was published`),
  ].flat();
}

async function revoke(drill: MonitoredDeployment, name: 'crm-prod' | 'desk-us'): Promise<void> {
  drill.deployment.zoho.revoke(drill.authorizationOf(name).refreshToken);
  await drill.deployment.refresh(name, { reason: 'operator' });
}
