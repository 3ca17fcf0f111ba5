import { type Defect, defect, edit, FILES } from './defect.ts';

/** Defects that must break I10, or another promise that they name. */
export const ANNOUNCEMENT_DEFECTS: readonly Defect[] = [
  defect(
    'a change is announced although another holder wrote the row',
    ['I10'],
    edit(
      FILES.publishUnderLease,
      'if (!(await commit(context, leased, next))) return leaseLost(leased);',
      'await commit(context, leased, next);',
    ),
  ),
];
