import type { PublishCommandInput } from '@aws-sdk/client-sns';
import type { TableWrite } from '../simulated-table.ts';
import type { PromiseCheck, Violate, WorldView } from './promise.ts';

const MINUTE_MS = 60_000;
/** A tick finds the row due 15 s after the write. A topic that failed is left alone for 30 s, so it can be the tick after that. */
const PUBLISHED_MS = 4 * MINUTE_MS;
/** For this long, a process may publish by a row that it read before another one wrote it. */
const STALE_MS = 2.5 * MINUTE_MS;
/** Between the begin of a call and that of the disturbance that it is part of. */
const BEFORE_MS = 20_000;

/** What on-call is to be notified about: the beginning or the end of one problem, from the write that says so until it is recorded. */
interface Episode {
  readonly writtenAtMs: number;
  /** When SNS accepted it first. */
  publishedAtMs: number | undefined;
  /** When another attempt last wrote the row, so that it cannot be recorded that it was published. */
  rewrittenAtMs: number;
  closedAtMs: number | undefined;
  /** A restored row may hold it although it was published. */
  readonly isRestored: boolean;
}

type State = 'begun' | 'ended';

/**
 * I10, second half: the beginning and the end of each incident are published at least once, after they were written to the row, by
 * name and to the topic of the connection's severity, and again only if the first time could not be recorded. The end of an
 * incident whose beginning was recorded as published is never dropped. No one is notified about a disabled or muted connection.
 */
export class Notifications implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #episodes = new Map<string, Map<string, Episode>>();
  readonly #disabledSinceMs = new Map<string, number>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onRowWritten({ key, before, after, task }: TableWrite): void {
    const now = this.#world.now();
    const isDisabled = after.status?.S === 'disabled';
    if (!isDisabled) this.#disabledSinceMs.delete(key);
    else if (before?.status?.S !== 'disabled') this.#disabledSinceMs.set(key, now);
    const isRestored = task === undefined;
    if (isRestored) this.#closeAll(key);
    const [states, statesBefore] = [statesIn(after), isRestored ? new Map() : statesIn(before)];
    for (const problem of new Set([...states.keys(), ...statesBefore.keys()])) {
      const [from, to] = [statesBefore.get(problem), states.get(problem)];
      for (const state of ['begun', 'ended'] as const) {
        if (to === state && from !== state) {
          this.#open(key, `${problem} ${state}`, isRestored);
          if (isDisabled && !isRestored)
            this.#violate(`${problem} of ${key}, which is disabled, is to be published`);
        } else if (from === state && to !== state) this.#close(key, problem, state, to);
        else if (to === state) this.#rewrite(key, `${problem} ${state}`);
      }
      const isMuted = this.#truth(key)?.severity === 'none';
      if (from === 'notified' && to === undefined && !isMuted)
        this.#violate(`the end of ${problem} of ${key} is dropped, and its beginning was published`);
    }
    if (!isRestored) this.#checkWritten(key, before, after);
  }

  onNotificationSent(input: PublishCommandInput): void {
    const now = this.#world.now();
    const { connection, problem, state } = subjectOf(input);
    const name = `${problem} ${state} of ${connection}`;
    this.#checkText(input);
    const episode = this.#episodes.get(connection)?.get(`${problem} ${state}`);
    const disabledSinceMs = this.#disabledSinceMs.get(connection) ?? now;
    if (episode === undefined) {
      this.#violate(`"${name}" is published, and was not written`);
      return;
    }
    if (now > disabledSinceMs + STALE_MS) this.#violate(`"${name}" is published although it is disabled`);
    const { publishedAtMs, closedAtMs, rewrittenAtMs, isRestored } = episode;
    const sinceMs = closedAtMs ?? publishedAtMs ?? now;
    const isCalm = this.#world.topicsCalmSinceMs() < sinceMs - BEFORE_MS;
    const isHindered = closedAtMs === undefined && rewrittenAtMs >= sinceMs - BEFORE_MS;
    if (isCalm && !isHindered && !isRestored && now > sinceMs + STALE_MS)
      this.#violate(
        `"${name}" is published again, ${((now - sinceMs) / MINUTE_MS).toFixed(1)} minutes later`,
      );
  }

  onNotified(input: PublishCommandInput): void {
    const { connection, problem, state } = subjectOf(input);
    const episode = this.#episodes.get(connection)?.get(`${problem} ${state}`);
    if (episode !== undefined) episode.publishedAtMs ??= this.#world.now();
  }

  onCheck(): void {
    const now = this.#world.now();
    for (const [connection, episodes] of this.#episodes) {
      const truth = this.#truth(connection);
      const isSilent = this.#disabledSinceMs.has(connection) || truth?.isDeclared !== true;
      for (const [name, episode] of episodes) {
        if (episode.closedAtMs !== undefined || isSilent) continue;
        const sinceMs = Math.max(
          episode.writtenAtMs,
          this.#world.topicsCalmSinceMs(),
          this.#world.postponedUntilMs(connection),
        );
        if (now > sinceMs + PUBLISHED_MS + this.#world.longestLeaseMs)
          this.#violate(
            `"${name} of ${connection}" is not published after ${((now - sinceMs) / MINUTE_MS).toFixed(1)} calm minutes`,
          );
      }
    }
  }

  /** An incident is written together with the change that begins or ends it. */
  #checkWritten(connection: string, before: TableWrite['before'], after: TableWrite['after']): void {
    const status = after.status?.S;
    const isSaid =
      after.leaseOwner === undefined && status !== 'disabled' && before?.status?.S !== 'disabled';
    const isJudged = status !== before?.status?.S || before?.leaseOwner !== undefined;
    const truth = this.#truth(connection);
    if (!isSaid || !isJudged || truth?.isDeclared !== true || truth.severity === 'none') return;
    const state = statesIn(after).get('blocked');
    const isHeld = state === 'begun' || state === 'notified';
    // What is resumed or declared again has not recovered before Zoho has accepted its credentials.
    const isPublished = after.publishedGeneration?.N !== before?.publishedGeneration?.N;
    const isAccepted = status === 'active' && (before?.status?.S === 'blocked' || isPublished);
    if (isHeld ? isAccepted : status === 'blocked')
      this.#violate(
        `${connection} (${status}) is written without what on-call has to know (${state ?? 'nothing'})`,
      );
  }

  #checkText({ TopicArn = '', Subject = '', Message = '{}' }: PublishCommandInput): void {
    const { connection, problem, state } = subjectOf({ Message });
    const truth = this.#truth(connection);
    if (
      truth === undefined ||
      !Subject.startsWith(`${state === 'begun' ? 'ALARM' : 'OK'}: Zoho ${connection} `)
    )
      this.#violate(`a notification does not name its connection: ${Subject}`);
    if (truth?.isDeclared !== true) return;
    const level = problem === 'blocked' ? truth.severity : 'ticket';
    const isMuted = truth.severity === 'none';
    if ((isMuted || !TopicArn.endsWith(`:${level}`)) && this.#isCalm())
      this.#violate(`${Subject} goes to ${TopicArn}, and not to ${isMuted ? 'no one' : level}`);
  }

  #truth(connection: string) {
    return this.#world.connections().find(({ name }) => name === connection);
  }

  /** Whether no process works by an older configuration. */
  #isCalm(): boolean {
    return this.#world.now() > this.#world.calmSinceMs() + this.#world.longestLeaseMs;
  }

  #open(connection: string, name: string, isRestored: boolean): void {
    const episodes = this.#episodes.get(connection) ?? new Map<string, Episode>();
    const writtenAtMs = this.#world.now();
    const times = {
      publishedAtMs: undefined,
      rewrittenAtMs: Number.NEGATIVE_INFINITY,
      closedAtMs: undefined,
    };
    this.#episodes.set(connection, episodes.set(name, { writtenAtMs, ...times, isRestored }));
  }

  /** A backup replaces the row. What was written before may be on its way, and the row does not say so any more. */
  #closeAll(connection: string): void {
    const episodes = this.#episodes.get(connection) ?? new Map<string, Episode>();
    for (const [name, episode] of episodes)
      episodes.set(name, {
        ...episode,
        closedAtMs: episode.closedAtMs ?? this.#world.now(),
        isRestored: true,
      });
  }

  #rewrite(connection: string, name: string): void {
    const episode = this.#episodes.get(connection)?.get(name);
    if (episode !== undefined) episode.rewrittenAtMs = this.#world.now();
  }

  #close(connection: string, problem: string, state: State, to: string | undefined): void {
    const episode = this.#episodes.get(connection)?.get(`${problem} ${state}`);
    if (episode === undefined) return;
    const isRecorded = state === 'begun' ? to === 'notified' : to === undefined;
    // No one is notified about a muted connection.
    const isSettled = episode.isRestored || this.#truth(connection)?.severity === 'none';
    if (isRecorded && episode.publishedAtMs === undefined && !isSettled)
      this.#violate(`"${problem} ${state} of ${connection}" is recorded as published, and was not`);
    episode.closedAtMs = this.#world.now();
  }
}

/** The incidents of a row: their problems and states. */
function statesIn(row: TableWrite['before']): Map<string, string> {
  return new Map((row?.incidents?.L ?? []).map(({ M }) => [M?.problem?.S ?? '', M?.state?.S ?? '']));
}

/** What a notification is about, as incident services read it: `Zoho PREFIX/NAME PROBLEM`. */
function subjectOf({ Message = '{}' }: PublishCommandInput): {
  connection: string;
  problem: string;
  state: State;
} {
  const { https = '{}' } = JSON.parse(Message) as { https?: string };
  const { AlarmName = '', NewStateValue } = JSON.parse(https) as {
    AlarmName?: string;
    NewStateValue?: string;
  };
  const [, connection = '', problem = ''] = /^Zoho zoho\/(\S+) (\S+)$/.exec(AlarmName) ?? [];
  return { connection, problem, state: NewStateValue === 'OK' ? 'ended' : 'begun' };
}
