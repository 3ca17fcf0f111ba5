import { STORY_START_MS, Story } from './story.ts';
import { StoryScreen } from './story-screen.ts';
import { summarize } from './story-summary.ts';

/** `npm start`: plays the story, prints it, and exits 1 when it did not go as it should. */
async function main(): Promise<number> {
  const startedAtMs = performance.now();
  const screen = new StoryScreen(STORY_START_MS, (line) => process.stdout.write(`${line}\n`));
  screen.title(
    'Zoho Token Refresher: six simulated hours on one machine',
    'Zoho, DynamoDB and Secrets Manager are simulated on loopback; the handler, the AWS SDK and the HTTP are real.',
  );
  const world = await Story.startWorld();
  try {
    const story = new Story(world, screen);
    await story.play();
    return summarize(story, screen, performance.now() - startedAtMs) ? 0 : 1;
  } catch (error) {
    screen.line();
    screen.line(`FAIL  ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await world.close();
  }
}

/** The SDK's advice about Node versions is for whoever runs it in production, which is Node 24. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
process.exitCode = await main();
