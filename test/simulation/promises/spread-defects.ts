import { type Defect, defect, edit, FILES } from './defect.ts';

/** Defects that must break promise I9. */
export const SPREAD_DEFECTS: readonly Defect[] = [
  defect(
    'no jitter',
    ['I9'],
    edit(FILES.schedule, 'Math.floor(random() * ms)', 'Math.floor(ms / 2 + 0 * random())'),
  ),
];
