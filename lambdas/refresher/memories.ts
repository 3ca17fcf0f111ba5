import { createAnswerMemory } from './answer-memory.ts';
import { createClientLimits, type WaitingConnections } from './client-limits.ts';
import { createDataCenterMemory } from './data-center-memory.ts';
import { createFailingMemory } from './failing-memory.ts';
import { createFleetMemory } from './fleet-memory.ts';
import { createLostRowMemory } from './lost-row-memory.ts';
import { createPublishMemory } from './publish-memory.ts';

/** What a Lambda environment remembers from one invocation to the next. A new one knows nothing. */
export function createMemories() {
  return {
    answers: createAnswerMemory(),
    clientLimits: createClientLimits(),
    waitingConnections: new Map() as WaitingConnections,
    dataCenters: createDataCenterMemory(),
    failing: createFailingMemory(),
    fleet: createFleetMemory(),
    lostRows: createLostRowMemory(),
    publishes: createPublishMemory(),
  };
}
