import type { EventQueue } from '../../simulation/event-queue.ts';
import { turn, watch } from './calls.ts';

/** Runs a call of the simulation to its end, however much simulated time it takes. */
export async function completeCall<T>(queue: EventQueue, promise: Promise<T>): Promise<T> {
  const call = watch(promise);
  for (await turn(); !call.isOver(); await turn()) {
    if (queue.step(Number.POSITIVE_INFINITY)) continue;
    throw new Error('No event is left in the simulation, but the call has not ended.');
  }
  return await call.outcome;
}
