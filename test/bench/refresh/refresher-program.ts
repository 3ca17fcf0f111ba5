import { answerQuestions } from '../answer-questions.ts';
import { interleave, type Rounds, timed } from '../rounds.ts';
import { BareCalls } from './bare-calls.ts';
import { openRefresher, type Surroundings } from './open-refresher.ts';

/** Takes and releases the lease, and refreshes, by turns with the bare calls. In a process of its own: the servers are in another. */

/** A subject of the product, and the same work without it. */
export type Compared = Rounds<'product' | 'bare'>;

export interface Task {
  readonly surroundings: Surroundings;
  readonly rounds: number;
  /** Each has a connection `ours-N` and a connection `bare-N`. */
  readonly connections: number;
}

answerQuestions({
  lease: async ({ surroundings, rounds }: Task): Promise<Compared> => {
    const refresher = openRefresher(surroundings);
    const bare = new BareCalls(surroundings);
    let row = await refresher.row('ours-0');
    const cycle = async () => {
      row = await refresher.takeAndRelease(row);
    };
    bare.learnUpdates(await refresher.recordUpdates(cycle), 'bare-0');
    await bare.updates();
    return await interleave(rounds, { product: timed(cycle), bare: timed(() => bare.updates()) });
  },

  refresh: async ({ surroundings, rounds, connections }: Task): Promise<Compared> => {
    const refresher = openRefresher(surroundings);
    const bare = new BareCalls(surroundings);
    const names = Array.from({ length: connections }, (_, n) => n);
    const rows = await Promise.all(names.map((n) => refresher.row(`ours-${n}`)));
    const refresh = async (round: number) => {
      const n = round % connections;
      const row = rows[n];
      if (row !== undefined) rows[n] = await refresher.refresh(row);
    };
    const updates = await refresher.recordUpdates(() => refresh(0));
    const bareRefresh = async (round: number) => {
      bare.learnUpdates(updates, `bare-${round % connections}`);
      await bare.refresh(`bare-${round % connections}`);
    };
    for (const n of names) await bareRefresh(n);
    return await interleave(rounds, { product: timed(refresh), bare: timed(bareRefresh) });
  },
});
