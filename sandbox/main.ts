import { parseArgs } from 'node:util';
import { STORY_START_MS, Story } from './story.ts';
import { StoryScreen } from './story-screen.ts';
import { summarize } from './story-summary.ts';

const USAGE = `Plays six simulated hours of the whole system on this machine, with nothing but Node.

Usage: npm start [-- --help]

Exit codes: 0 every connection always had a valid token when it should have, 1 one did not, 2 wrong usage.
NO_COLOR=1 turns colours off; in a pipe they are off anyway.`;

/** `npm start`. */
async function main(args: readonly string[]): Promise<number> {
  const write = (line: string) => process.stdout.write(`${line}\n`);
  try {
    const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } });
    if (values.help === true) {
      write(USAGE);
      return 0;
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    return 2;
  }
  return await playStory(write);
}

async function playStory(write: (line: string) => void): Promise<number> {
  const startedAtMs = performance.now();
  const screen = new StoryScreen(STORY_START_MS, write);
  screen.title(
    'Zoho Token Refresher: six simulated hours on one machine',
    'Zoho, DynamoDB and Secrets Manager are simulated on loopback; the handler, the AWS SDK and the HTTP are real.',
  );
  const story = await Story.start(screen);
  try {
    await story.play();
    return summarize(story, screen, performance.now() - startedAtMs) ? 0 : 1;
  } catch (error) {
    screen.line();
    screen.line(`FAIL  ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await story.close();
  }
}

/** The SDK's advice about Node versions is for whoever runs it in production, which is Node 24. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
process.exitCode = await main(process.argv.slice(2));
