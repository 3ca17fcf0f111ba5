import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { exitWhenFlushed } from '../../cli/exit-when-flushed.ts';
import type { Redacted } from '../../lambdas/core/redacted.ts';
import { ProgressScreen } from '../support/progress-screen.ts';
import type { Verification } from './check.ts';
import { CheckFailed } from './check.ts';
import type { Cloud } from './cloud.ts';
import { readPipedCredentials } from './piped-credentials.ts';
import { placeFor } from './place.ts';

const USAGE = `Deploys a stack of its own to your AWS account, verifies what no emulator can, and removes it again.

Usage: npm run verify -- --profile NAME [--region REGION] [--report FILE] [--zoho < credentials.json]
       npm run verify -- --simulate [--report FILE]

  --profile NAME    AWS profile: permissions as for cdk deploy, in a bootstrapped account
  --region REGION   AWS region (default: that of the profile)
  --simulate        no AWS account: a simulated one on this machine, in which some checks cannot run
  --zoho            use the Zoho refresh token on stdin, in the JSON that zoho-tokens authorize --import reads
  --report FILE     also write the report to a file, as Markdown

It takes about 15 minutes in AWS and costs a few cents. It touches nothing but its own stack and secrets, whose names contain a random number. Ctrl-C stops it
after the current check and still removes what it created.

Exit codes: 0 every check that ran passed; 1 otherwise; 2 wrong usage.`;

/** `npm run verify`. */
async function main(args: readonly string[]): Promise<number> {
  const screen = new ProgressScreen(process.stdout, process.stderr, { pipeIntervalMs: 30_000 });
  const refuse = (why: string) => {
    screen.error(`${why}\n\n${USAGE}`);
    return 2;
  };
  let options: ReturnType<typeof parseOptions>;
  try {
    options = parseOptions(args);
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (options.help) {
    screen.line(USAGE);
    return 0;
  }
  if (options.simulate === (options.profile !== undefined)) {
    return refuse('Give either --profile NAME or --simulate.');
  }
  let credentials: Redacted | undefined;
  try {
    credentials = options.zoho ? readPipedCredentials(process.stdin) : undefined;
  } catch (error) {
    return refuse((error as Error).message);
  }
  const cloud = await openCloud(options, screen);
  if (cloud === undefined) return 1;
  try {
    return await verify(cloud, options.report, credentials, screen);
  } finally {
    await cloud.close();
  }
}

function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      profile: { type: 'string' },
      region: { type: 'string' },
      report: { type: 'string' },
      zoho: { type: 'boolean', default: false },
      simulate: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return values;
}

async function openCloud(
  { simulate, profile, region }: ReturnType<typeof parseOptions>,
  screen: ProgressScreen,
): Promise<Cloud | undefined> {
  screen.progress('connecting');
  if (simulate) return await (await import('./simulated-cloud.ts')).openSimulation();
  try {
    return await (await import('./aws-cloud.ts')).openAws({ profile, region });
  } catch (error) {
    const { name, message } = error as Error;
    screen.error(`AWS cannot be reached with the profile ${profile}: ${name}: ${message}
  Check it with: aws sts get-caller-identity --profile ${profile}. A region is needed too: --region.`);
    return undefined;
  }
}

async function verify(
  cloud: Cloud,
  reportFile: string | undefined,
  zohoCredentials: Redacted | undefined,
  screen: ProgressScreen,
): Promise<number> {
  const { readAddress } = await import('./deployment-checks.ts');
  const { runVerification } = await import('./run-verification.ts');
  const { renderMarkdown, renderResult, renderSummary } = await import('./report.ts');
  const place = placeFor(randomInt(2 ** 32));
  if (Object.keys(await readAddress({ cloud, place })).length > 0) {
    screen.error(
      `There is a deployment ${place.secretPrefix} in ${cloud.description}. Nothing was done. Run it again.`,
    );
    return 1;
  }
  screen.line(`Verifying in ${cloud.description}: stack ${place.stackName}, prefix ${place.secretPrefix}`);
  const interruption = new AbortController();
  process.once('SIGINT', () => {
    interruption.abort();
    screen.error('Stopping after the current check. What was created is removed then; please wait.');
  });
  const lacks = zohoCredentials === undefined ? [...cloud.lacks, 'zoho' as const] : cloud.lacks;
  const verification: Verification = {
    cloud: { ...cloud, lacks },
    place,
    zohoCredentials,
    waitFor: (what, limitSeconds, isDone) => waitFor(screen, what, limitSeconds, isDone),
  };
  const results = await runVerification(verification, {
    nowMs: () => performance.now(),
    interrupted: interruption.signal,
    observer: {
      started: (title) => screen.progress(title),
      ended: (result) => screen.line(renderResult(result)),
    },
  });
  screen.line(`\n${renderSummary(results, cloud.description)}`);
  if (reportFile !== undefined)
    writeFileSync(reportFile, renderMarkdown(results, cloud.description, new Date()));
  const isGood = results.every(({ kind }) => kind !== 'failed') && !interruption.signal.aborted;
  return isGood ? 0 : 1;
}

async function waitFor<Value>(
  screen: ProgressScreen,
  what: string,
  limitSeconds: number,
  isDone: () => Promise<Value | undefined>,
): Promise<Value> {
  const startedAtMs = performance.now();
  for (;;) {
    const value = await isDone();
    if (value !== undefined) return value;
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    if (seconds > limitSeconds) throw new CheckFailed(`no sign of ${what} in ${limitSeconds} s`);
    screen.progress(`waiting for ${what}, ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
  }
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await exitWhenFlushed(await main(process.argv.slice(2)));
