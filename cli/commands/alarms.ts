import { Argument, type Command } from 'commander';
import { CancelledError, CliError } from '../cli-error.ts';
import {
  type Audience,
  chooseTestedAlarms,
  type TestedAlarms,
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
Sets one alarm to ALARM for some seconds, and waits until the composite alarm page or ticket has gone
off and is over again. Says first what will be sent, and asks (--yes: does not ask). It sends:
  to the page or ticket topic:  ALARM and OK of the composite alarm
  to the alarm topic:           ALARM and OK of the one alarm, with the word Test in the reason
The command sees what CloudWatch did, not what arrived: ask on-call. Test once a month.

The exit code is 0 when the composite alarm went off and is over, and 1 otherwise: also when no one
is subscribed, or when it is in ALARM already.

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
  const tested = await chooseTestedAlarms(session, audience);
  const topics = (await readSubscriptions(session)).filter(
    ({ topic }) => topic === audience || topic === 'alarm',
  );
  requireListeners(topics, audience);
  for (const line of announce(tested, topics)) terminal.info(line);
  if (!yes) {
    const isConfirmed = await terminal.prompts.confirm({
      message: `Notify on-call (${audience}) with a test now?`,
      withoutTerminal: 'Use --yes.',
    });
    if (!isConfirmed) throw new CancelledError('Cancelled. No one was notified.');
  }
  const result = await terminal.withProgress('Testing', ({ update }) =>
    testNotification(session, tested, (message) => update(`Testing: ${message}`)),
  );
  terminal.print(json ? JSON.stringify({ audience, ...tested, ...result }, null, 2) : render(tested, result));
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

function announce({ composite, alarm }: TestedAlarms, topics: readonly TopicFacts[]): readonly string[] {
  return topics.map(({ topic, subscriptions }) => {
    const listeners =
      subscriptions.kind === 'read'
        ? `${subscriptions.value.confirmed} confirmed`
        : 'subscriptions could not be read';
    const name = topic === 'alarm' ? alarm : composite;
    return `will be sent to the ${topic} topic (${listeners}): ALARM and then OK of ${name}`;
  });
}

function render({ composite }: TestedAlarms, { wentOffAfterSeconds, overAfterSeconds }: TestResult): string {
  if (wentOffAfterSeconds === undefined)
    return `${composite} did not go off within 3 minutes. Run: zoho-tokens audit`;
  const sent = `${composite} went off after ${wentOffAfterSeconds} s`;
  return overAfterSeconds === undefined
    ? `${sent}, and is not over yet after 3 minutes. Run: zoho-tokens status`
    : `${sent}, and was over ${overAfterSeconds} s later. Ask on-call whether both notifications arrived.`;
}
