import type { TableWrite } from '../simulated-table.ts';
import { numberIn, type PromiseCheck, type Violate } from './promise.ts';

/** I10: a change is announced only after it was written, and once. */
export class Announcements implements PromiseCheck {
  readonly #violate: Violate;
  /** Changes that were written but not announced yet. Some never are, because the writer died. */
  readonly #written = new Map<string, number>();

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  onRowWritten({ key, before, after, task }: TableWrite): void {
    if (task === undefined) return;
    for (const state of changesIn(before, after)) this.#count(`${key} ${state}`, 1);
  }

  onAnnounced(detail: string): void {
    const { connection, state } = JSON.parse(detail) as { connection: string; state: string };
    const change = `${connection} ${state}`;
    if ((this.#written.get(change) ?? 0) < 1)
      this.#violate(`"${change}" is announced, but was not written or was announced before`);
    this.#count(change, -1);
  }

  #count(change: string, by: number): void {
    this.#written.set(change, (this.#written.get(change) ?? 0) + by);
  }
}

function changesIn(before: TableWrite['before'], after: TableWrite['after']): string[] {
  const from = before?.status?.S;
  const to = after.status?.S;
  const publishedBefore = numberIn(before, 'publishedGeneration') ?? 0;
  return [
    ...(isRefusedInService(after) && !isRefusedInService(before) ? ['refused'] : []),
    ...(to === 'blocked' && from !== 'blocked' ? ['blocked'] : []),
    ...(to === 'active' && from === 'blocked' ? ['recovered'] : []),
    ...((numberIn(after, 'publishedGeneration') ?? 0) > publishedBefore ? ['refreshed'] : []),
  ];
}

/** Zoho refused the credentials, and the connection is not blocked yet. */
function isRefusedInService(row: TableWrite['before']): boolean {
  const isInService = row?.status?.S === 'active' || row?.status?.S === 'cooling-down';
  return isInService && row?.lastFailure?.M?.code?.S?.startsWith('invalid_') === true;
}
