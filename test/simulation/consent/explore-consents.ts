import { cancelInvite, rejectInvite } from '../../../lambdas/consent-api/manage-invite.ts';
import { RefusedRequest } from '../../../lambdas/consent-api/refuse-caller.ts';
import { sweepInvites } from '../../../lambdas/consent-api/sweep-invites.ts';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import { contextOf, STORIES, type Story, tell, type Visit, visit } from './consent-stories.ts';
import { ConsentWorld, OLD_TOKEN } from './consent-world.ts';
import { FATES, type Fate, Fates, ProcessDied } from './mortal-ports.ts';

/** Who goes on after a process has ended or failed. */
const RESUMPTIONS = ['sweep', 'reload', 'reload-at-once', 'operator'] as const;
type Resumption = (typeof RESUMPTIONS)[number];

const LEASE_IS_OVER_MS = 61_000;
const A_SWEEP_LATER_MS = 5 * 60_000 + 1;
const A_DAY_LATER_MS = 25 * 3_600_000;
const EXPIRED_MS = 72 * 3_600_000;
const SWEEPS = 4;

/** What the exploration found. */
export interface Exploration {
  readonly runs: number;
  /** `story / call n dies-after / sweep: what is wrong` */
  readonly violations: readonly string[];
}

/** What to explore. */
interface ExplorationOptions {
  /** With every resumption, otherwise with one after the other. @default false */
  readonly isThorough?: boolean;
  /** @default false */
  readonly stopsAtFirst?: boolean;
  readonly fates?: readonly Fate[];
  /** Called with each version of an invite. */
  readonly onInvite?: ConsentWorld['onInvite'];
}

/** Every story, with every fate at every call. */
export async function exploreConsents({
  isThorough = false,
  stopsAtFirst = false,
  fates = FATES,
  onInvite = () => {},
}: ExplorationOptions = {}): Promise<Exploration> {
  const violations: string[] = [];
  let runs = 0;
  for (const story of STORIES) {
    for (const fate of fates) {
      for (let at = 1, isOver = false; !isOver; at += 1) {
        const one = RESUMPTIONS[(at + FATES.indexOf(fate)) % RESUMPTIONS.length];
        for (const resumption of isThorough ? RESUMPTIONS : [one ?? 'sweep']) {
          const run = await runOnce(story, { at, fate, resumption, onInvite });
          runs += 1;
          const where = `${story.name} / call ${at} ${fate} / ${resumption}`;
          violations.push(...run.violations.map((what) => `${where}: ${what}`));
          if (stopsAtFirst && violations.length > 0) return { runs, violations };
          isOver = run.calls < at;
        }
      }
    }
  }
  return { runs, violations };
}

async function runOnce(
  story: Story,
  {
    at,
    fate,
    resumption,
    onInvite,
  }: Pick<Required<ExplorationOptions>, 'onInvite'> & {
    readonly at: number;
    readonly fate: Fate;
    readonly resumption: Resumption;
  },
): Promise<{ readonly calls: number; readonly violations: readonly string[] }> {
  const world = new ConsentWorld({ isNew: story.isNew === true });
  world.onInvite = onInvite;
  const visited = await visit(world, story);
  const fates = new Fates(at, fate);
  await unlessEnded(() => tell(contextOf(fates.portsOf(world.ports), story), story, visited));
  await resume(world, story, visited, resumption);
  await sweep(world, story);
  world.nowMs += A_DAY_LATER_MS;
  await sweep(world, story);
  world.nowMs += EXPIRED_MS;
  await sweep(world, story);
  return { calls: fates.calls, violations: [...world.violations, ...judge(world, visited.id)] };
}

async function resume(
  world: ConsentWorld,
  story: Story,
  visited: Visit,
  resumption: Resumption,
): Promise<void> {
  const context = contextOf(world.ports, story);
  if (resumption !== 'reload-at-once') world.nowMs += LEASE_IS_OVER_MS;
  if (resumption === 'reload' || resumption === 'reload-at-once')
    await unlessEnded(() => tell(context, story, visited));
  if (resumption === 'operator') {
    await unlessEnded(() => rejectInvite(context, visited.id));
    await unlessEnded(() => cancelInvite(context, visited.id));
  }
}

async function sweep(world: ConsentWorld, story: Story): Promise<void> {
  for (let sweeps = 0; sweeps < SWEEPS; sweeps += 1) {
    world.nowMs += A_SWEEP_LATER_MS;
    await unlessEnded(() => sweepInvites(contextOf(world.ports, story)));
  }
}

/** A process that ends, fails or refuses says so to someone who is not there. */
async function unlessEnded(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isExpected =
      error instanceof ProcessDied || error instanceof InfrastructureError || error instanceof RefusedRequest;
    if (!isExpected) throw error;
  }
}

/** What is wrong once everything rests. */
function judge(world: ConsentWorld, id: string): string[] {
  const invite = world.invites.get(id);
  if (invite === undefined) return ['the invite is gone'];
  const { stage, lost } = invite;
  const { refreshToken, credentialsJson } = world;
  const isStored = credentialsJson?.invite_id === id;
  const isAuthorized = stage.kind === 'authorized';
  const unrecorded = [...world.live].filter((token) => token !== refreshToken);
  const isRecorded = (token: string) =>
    token === OLD_TOKEN ? isAuthorized && stage.old?.state === 'left' : lost.length > 0;
  const problems: readonly (readonly [boolean, string])[] = [
    [invite.lease !== undefined || invite.sweepAtMs !== undefined, 'the invite does not rest'],
    ['grant' in stage && 'sealed' in stage.grant, 'a grant is held for ever'],
    [
      isStored !== isAuthorized,
      `the invite is ${stage.kind}, and its credentials are ${isStored ? '' : 'not '}stored`,
    ],
    [isAuthorized && !world.consents.has(invite.connection), 'who consented is not recorded'],
    [refreshToken !== undefined && !world.live.has(refreshToken), 'the stored refresh token does not work'],
    [!unrecorded.every(isRecorded), 'a refresh token stays at Zoho, and nothing says so'],
    [world.issued > 1, 'a code was exchanged twice'],
    [isAuthorized && world.rows.get(invite.connection) === undefined, 'the connection has no row'],
  ];
  return problems.flatMap(([isWrong, what]) => (isWrong ? [what] : []));
}
