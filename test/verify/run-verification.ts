import { type Check, CheckFailed, type CheckResult, type Verification } from './check.ts';
import { CLEAN_UP } from './clean-up.ts';
import {
  DESTROY,
  FIRST_DEPLOYMENT,
  REDEPLOY,
  SAME_DEPLOYMENT,
  SECOND_DEPLOYMENT,
} from './deployment-checks.ts';
import { FENCE } from './fence-check.ts';
import { ALARM_TOPICS, DENIALS, FIRST_TICK, NOT_AUTHORIZED, ZOHO_TOKEN } from './live-checks.ts';
import { NEEDS, type Need } from './needs.ts';

/** In this order: a failure before the first deployment, or of it, makes the others pointless. */
export const CHECKS: readonly Check[] = [
  FIRST_DEPLOYMENT,
  FIRST_TICK,
  NOT_AUTHORIZED,
  DENIALS,
  ALARM_TOPICS,
  ZOHO_TOKEN,
  FENCE,
  SAME_DEPLOYMENT,
  SECOND_DEPLOYMENT,
  DESTROY,
  REDEPLOY,
];

interface Observer {
  started(title: string): void;
  ended(result: CheckResult): void;
}

interface RunOptions {
  readonly checks?: readonly Check[];
  readonly observer: Observer;
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
  /** Aborts when the user interrupts: the checks that are left are not run, and the clean-up is. */
  readonly interrupted: AbortSignal;
}

/** Runs every check that this AWS can answer, and removes what was created, whatever happened. */
export async function runVerification(
  verification: Verification,
  { checks = CHECKS, observer, nowMs, interrupted }: RunOptions,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const run = async (check: Check, whyNot: string | undefined) => {
    observer.started(check.title);
    const startedAtMs = nowMs();
    const outcome =
      whyNot === undefined
        ? await outcomeOf(check, verification)
        : ({ kind: 'not-run', detail: whyNot } as const);
    const result = { title: check.title, seconds: Math.round((nowMs() - startedAtMs) / 1000), ...outcome };
    results.push(result);
    observer.ended(result);
  };
  try {
    for (const check of checks) await run(check, whyNotRun(check, verification, results, interrupted));
  } finally {
    await run(CLEAN_UP, undefined);
  }
  return results;
}

function whyNotRun(
  { needs = [] }: Check,
  { cloud }: Verification,
  results: readonly CheckResult[],
  interrupted: AbortSignal,
): string | undefined {
  if (interrupted.aborted) return 'interrupted';
  if (results.some(({ title, kind }) => title === FIRST_DEPLOYMENT.title && kind !== 'passed')) {
    return 'nothing is deployed';
  }
  const lacking = needs.filter((need: Need) => cloud.lacks.includes(need));
  return lacking.length === 0 ? undefined : `needs ${lacking.map((need) => NEEDS[need]).join('; ')}`;
}

async function outcomeOf(check: Check, verification: Verification) {
  try {
    return { kind: 'passed', detail: await check.run(verification) } as const;
  } catch (error) {
    const isExpected = error instanceof CheckFailed;
    const { name, message } = error as Error;
    return { kind: 'failed', detail: isExpected ? message : `${name}: ${message}` } as const;
  }
}
