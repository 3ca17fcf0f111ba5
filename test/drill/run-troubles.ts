import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import { MonitoredDeployment } from './monitored-deployment.ts';
import type { Level } from './on-call.ts';
import { TROUBLES, type Trouble } from './troubles.ts';

/** How a story went. */
export interface TroubleResult {
  readonly story: string;
  /** Messages to each topic, those that something is over among them. */
  readonly sent: Readonly<Record<Level, number>>;
  /** Empty when it passed. */
  readonly problems: readonly string[];
}

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
