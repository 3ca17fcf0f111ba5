import { type Defect, defect, edit, FILES } from './defect.ts';

/** Defects that must break promise I10. */
export const ANNOUNCEMENT_DEFECTS: readonly Defect[] = [
  defect(
    'a change is announced although another holder wrote the row',
    ['I10'],
    edit(
      FILES.mintToken,
      'if (!(await commit(context, leased, next))) return leaseLost(leased);',
      'await commit(context, leased, next);',
    ),
  ),
];
