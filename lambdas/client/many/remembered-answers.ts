import type { AwsTime } from '../../adapters/aws-time.ts';
import { createDoublingPauses } from '../doubling-pauses.ts';
import type { RefreshAsker } from '../refresher-invocation.ts';
import { createBoundedMemory } from './bounded-memory.ts';

interface Pause {
  readonly generation: number;
  readonly pauses: ReturnType<typeof createDoublingPauses>;
  /** By the elapsed time. */
  untilMs: number;
}

/** Outcomes after which a newer token is there, or comes. */
const HELPFUL: readonly string[] = ['refreshed', 'already-fresh', 'in-progress'];

/**
 * Remembers for each connection that the refresher could not help, so that a client that was dropped and created again does not ask
 * earlier than the old one would have. A token of a higher generation ends the pause.
 */
export const rememberAnswers = (ask: RefreshAsker, time: AwsTime): RefreshAsker => {
  const paused = createBoundedMemory<Pause>();

  return async (connection, generation, reason) => {
    const known = paused.get(connection);
    const before = known && generation <= known.generation ? known : undefined;
    const leftMs = (before?.untilMs ?? 0) - time.elapsed();
    if (before && leftMs > 0) return { outcome: 'unavailable', retryAfterSeconds: leftMs / 1000 };
    const answer = await ask(connection, generation, reason);
    if (HELPFUL.includes(answer.outcome)) {
      paused.delete(connection);
      return answer;
    }
    const pauses = before?.pauses ?? createDoublingPauses();
    const { outcome, retryAfterSeconds = 0 } = answer;
    const pauseMs = pauses.next(outcome === 'refused' ? Number.POSITIVE_INFINITY : retryAfterSeconds * 1000);
    const untilMs = time.elapsed() + pauseMs;
    paused.set(connection, { generation, pauses, untilMs });
    return answer;
  };
};
