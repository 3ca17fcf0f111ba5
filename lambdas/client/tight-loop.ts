import type { CompleteClock } from './client-clock.ts';

/** So many readings in a row, each at most this long after the one before, are a loop that does little else. */
const LOOP_READINGS = 100;
const LOOP_GAP_MS = 1;
/** In such a loop, so many calls after a reading do without one. */
const SKIPS = 31;
/** Lambda's longest invocation. A token that lives longer does not expire within one turn of the event loop. */
const LONGEST_TURN_MS = 15 * 60_000;

/**
 * Reading the clock takes as long as an `await`. A loop that gets the token thousands of times within one turn of the event loop
 * reads it at every 32nd call, if the token has more than 15 minutes to live. The next turn begins with a reading, so that none
 * is older than the last wait for a timer, a socket or an invocation.
 */
export const createTightLoop = ({ atEndOfTurn }: Pick<CompleteClock, 'atEndOfTurn'>) => {
  /** How many calls may do without reading the clock. */
  let skipsLeft = 0;
  let readings = 0;
  let readAtMs = 0;
  let waitsForEnd = false;

  const end = (): void => {
    skipsLeft = 0;
    readings = 0;
  };

  return {
    /** Whether this call may do without reading the clock. */
    skip(): boolean {
      if (skipsLeft === 0) return false;
      skipsLeft -= 1;
      return true;
    },
    /** The next call reads the clock. */
    end,
    /** Called after each reading of the system's clock, with the life that the token has left by AWS's. */
    noteReading(systemMs: number, leftMs: number): void {
      const isClose = Math.abs(systemMs - readAtMs) <= LOOP_GAP_MS;
      readAtMs = systemMs;
      readings = isClose && leftMs > LONGEST_TURN_MS ? readings + 1 : 0;
      if (readings < LOOP_READINGS || !atEndOfTurn) return;
      skipsLeft = SKIPS;
      if (waitsForEnd) return;
      waitsForEnd = true;
      atEndOfTurn(() => {
        waitsForEnd = false;
        end();
      });
    },
  };
};
