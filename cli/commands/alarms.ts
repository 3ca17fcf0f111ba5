import { Argument, type Command } from 'commander';
import { CancelledError, CliError } from '../cli-error.ts';
import {
  type Audience,
  chooseTestedAlarm,
  type TestResult,
  testNotification,
} from '../cloudwatch/notification-test.ts';
import { readSubscriptions, type TopicFacts } from '../doctor/subscriptions.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface AlarmsOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** `alarms test [page|ticket]`: sends a test to the subscribers, from an alarm on. */
export function addAlarms(program: Command, run: Runner): void {
  program
    .command('alarms')
    .description('test that on-call is notified')
    .addArgument(new Argument('<action>', 'what to do').choices(['test']))
    .addArgument(
      new Argument('[audience]', 'whom to notify: now, or on the next working day')
        .choices(['page', 'ticket'])
        .default('page'),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Sets one alarm to ALARM for some seconds, which notifies the page or ticket topic and the alarm topic
of ALARM and of OK, with the word Test in the reason. Says first what will be sent, and asks (--yes:
does not ask). The command sees what CloudWatch did, not what arrived: ask on-call. Test once a month.

The exit code is 0 when the alarm went off and is over, and 1 otherwise: also when no one is
subscribed, or when every alarm for the audience is in ALARM already.

Examples:
  zoho-tokens alarms test page
  zoho-tokens alarms test ticket --yes --json`,
    )
    .action(
      run(async (session, _action: 'test', audience: Audience, options: AlarmsOptions) =>
        testAlarms(session, audience, options),
      ),
    );
}

async function testAlarms(
  session: Session,
  audience: Audience,
  { json = false, yes = false }: AlarmsOptions,
): Promise<ExitCode> {
  const { terminal } = session.runtime;
  const alarm = await chooseTestedAlarm(session, audience);
  const topics = (await readSubscriptions(session)).filter(
    ({ topic }) => topic === audience || topic === 'alarm',
  );
  requireListeners(topics, audience);
  for (const line of announce(alarm, topics)) terminal.info(line);
  if (!yes) {
    const isConfirmed = await terminal.prompts.confirm({
      message: `Notify on-call (${audience}) with a test now?`,
      withoutTerminal: 'Use --yes.',
    });
    if (!isConfirmed) throw new CancelledError('Cancelled. No one was notified.');
  }
  const result = await terminal.withProgress('Testing', ({ update }) =>
    testNotification(session, alarm, (message) => update(`Testing: ${message}`)),
  );
  terminal.print(json ? JSON.stringify({ audience, alarm, ...result }, null, 2) : render(alarm, result));
  return result.wentOffAfterSeconds === undefined || result.overAfterSeconds === undefined ? 1 : 0;
}

/** Throws {@link CliError} when it is known that no one is subscribed. */
function requireListeners(topics: readonly TopicFacts[], audience: Audience): void {
  const isDeaf = topics.every(
    ({ subscriptions }) => subscriptions.kind === 'read' && subscriptions.value.confirmed === 0,
  );
  if (isDeaf)
    throw new CliError(
      `No one would be notified: neither the ${audience} topic nor the alarm topic has a confirmed subscription.`,
      'Confirm the subscription by the mail that SNS sent, or subscribe: see docs/alerting.md.',
    );
}

function announce(alarm: string, topics: readonly TopicFacts[]): readonly string[] {
  return topics.map(({ topic, subscriptions }) => {
    const listeners =
      subscriptions.kind === 'read'
        ? `${subscriptions.value.confirmed} confirmed`
        : 'subscriptions could not be read';
    return `will be sent to the ${topic} topic (${listeners}): ALARM and then OK of ${alarm}`;
  });
}

function render(alarm: string, { wentOffAfterSeconds, overAfterSeconds }: TestResult): string {
  if (wentOffAfterSeconds === undefined)
    return `${alarm} did not go off within 3 minutes. Run: zoho-tokens audit`;
  const sent = `${alarm} went off after ${wentOffAfterSeconds} s`;
  return overAfterSeconds === undefined
    ? `${sent}, and is not over yet after 3 minutes. Run: zoho-tokens status`
    : `${sent}, and was over ${overAfterSeconds} s later. Ask on-call whether both notifications arrived.`;
}
