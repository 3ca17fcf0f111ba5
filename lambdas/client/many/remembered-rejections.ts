import { createRejectionMemory, isRejection, type RejectionMemory } from '../rejection-memory.ts';
import { createBoundedMemory } from './bounded-memory.ts';

/**
 * What is known of each connection's rejected calls. It outlives the client of the connection, once a call was rejected: a client that
 * was dropped and created again does not ask for a new token where two did not help.
 */
export const createRejectionMemories = () => {
  const kept = createBoundedMemory<RejectionMemory>();

  return (connection: string): RejectionMemory => {
    const known = kept.get(connection);
    if (known) return known;
    const memory = createRejectionMemory();
    const keeping: RejectionMemory = {
      ...memory,
      reject: (kind, generation, verdict, isYoung) => {
        if (isRejection(verdict)) kept.set(connection, keeping);
        return memory.reject(kind, generation, verdict, isYoung);
      },
    };
    return keeping;
  };
};
