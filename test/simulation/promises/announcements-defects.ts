import { type Defect, edit, FILES, rareDefect } from './defect.ts';

/** Defects that must break I10, or another promise that they name. */
export const ANNOUNCEMENT_DEFECTS: readonly Defect[] = [
  rareDefect(
    'a change is announced although another holder wrote the row',
    { breaks: ['I10'], foundIn: ['many faults', 'every change is announced'] },
    edit(
      FILES.publishUnderLease,
      'if (!(await commit(context, leased, next))) return leaseLost(leased);',
      'await commit(context, leased, next);',
    ),
  ),
];
