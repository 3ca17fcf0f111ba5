import { type Defect, defect, edit, FILES, rareDefect } from './defect.ts';

/** Defects that must break I2, or another promise that they name. */
export const BUDGET_DEFECTS: readonly Defect[] = [
  defect(
    'a failed call is not counted',
    ['I2'],
    edit(FILES.refreshTransitions, 'attempt.zohoWasAsked ? leased.mintsMs : seen.mintsMs', 'seen.mintsMs'),
  ),
  defect(
    'calls are not counted at all',
    ['I2'],
    edit(FILES.lease, 'recordMint(connection.mintsMs, nowMs)', 'connection.mintsMs.slice(0, nowMs)'),
  ),
  defect(
    'a version that may have been written is not counted',
    ['I2'],
    edit(
      FILES.refreshTransitions,
      '? recordPublish(leased.publishesMs, writtenAtMs)',
      '? (writtenAtMs && leased.publishesMs)',
    ),
  ),
  rareDefect(
    'versions of dead holders are not counted',
    { breaks: ['I2'], foundIn: ['many faults'] },
    edit(
      FILES.mintBudget,
      'lease === undefined ? publishesMs : recordPublish(publishesMs, nowMs)',
      'nowMs > 0 || lease ? publishesMs : []',
    ),
  ),
  defect(
    'operators can use up the whole budget',
    ['I2'],
    edit(
      FILES.mintBudget,
      'counted.length - limits[kind]',
      "counted.length - limits[kind === 'operator' ? 'scheduled' : kind]",
    ),
  ),
  defect(
    'the budget is not checked',
    ['I2'],
    edit(FILES.mintBudget, 'freeAtMs <= nowMs ?', 'freeAtMs <= Number.MAX_VALUE ?'),
  ),
];
