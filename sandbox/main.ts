import { exitWhenFlushed } from '../cli/exit-when-flushed.ts';
import { type Command, parseCommand, type ServedFleet, USAGE } from './command-line.ts';
import { runInSandbox } from './serve/run-in-sandbox.ts';
import { serve } from './serve/serve.ts';
import { STORY_START_MS, Story } from './story/story.ts';
import { StoryScreen } from './story/story-screen.ts';
import { summarize } from './story/story-summary.ts';

const write = (line: string) => process.stdout.write(`${line}\n`);

/** `npm start`. */
async function main(args: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = parseCommand(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    return 2;
  }
  switch (command.kind) {
    case 'help':
      write(USAGE);
      return 0;
    case 'serve':
      return await serveUntilInterrupted(command);
    case 'run':
      return await runInSandbox(command.shellCommand);
    case 'story':
      return await playStory();
  }
}

async function serveUntilInterrupted({
  port,
  connectedStore,
  fleetShards,
}: ServedFleet & { readonly port: number }): Promise<number> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  try {
    await serve({ port, connectedStore, fleetShards, write, signal: ending.signal });
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

async function playStory(): Promise<number> {
  const startedAtMs = performance.now();
  const screen = new StoryScreen(STORY_START_MS, write);
  screen.title(
    'Zoho Token Refresher: six simulated hours on one machine',
    'Zoho, DynamoDB and Secrets Manager are simulated on loopback. The handler, the AWS SDK and HTTP are real.',
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

/** The SDK's warning about Node versions concerns production, which runs Node 24. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await exitWhenFlushed(await main(process.argv.slice(2)));
