import { type Defect, defect, edit, FILES } from './defect.ts';

/** Defects that must break I5, or another promise that they name. */
export const NEVER_LOST_DEFECTS: readonly Defect[] = [
  defect(
    'a pending connection is never checked again',
    ['I5', 'I6'],
    edit(
      FILES.refreshTransitions,
      "status: 'pending', nextAttemptAtMs: nowMs + pendingPollMs(failures)",
      "status: 'pending', nextAttemptAtMs: nowMs + 288 * pendingPollMs(failures)",
    ),
  ),
  defect(
    'impossible times in a row are believed',
    ['I5', 'I4'],
    edit(
      FILES.impossibleTimes,
      'if (attributes.size === 0) return undefined;',
      'if (attributes.size >= 0) return undefined;',
    ),
  ),
];
