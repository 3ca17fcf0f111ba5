import { type Defect, defect, edit, FILES } from './defect.ts';

/** Defects that must break C2, or another promise that they name. */
export const BOUNDED_CALLS_DEFECTS: readonly Defect[] = [
  defect(
    'an AWS call that is never answered hangs every caller',
    ['C2'],
    edit(FILES.bound, '        resolve(expire());\n', '        void expire;\n'),
  ),
  defect(
    "the signal of a caller ends nothing but the call of Zoho's API",
    ['C2'],
    edit(FILES.bound, "      outer?.addEventListener('abort', follow);\n", ''),
  ),
  defect(
    'a caller waits for a table that does not answer until the invocation ends',
    ['C2'],
    edit(
      FILES.createHandler,
      'return refreshOnDemand(limitWaits(context), event);',
      'return refreshOnDemand({ ...limitWaits(context), ...context }, event);',
    ),
  ),
  defect(
    'timeoutMs is taken for seconds',
    ['C2'],
    edit(
      FILES.callOptions,
      'return await withDeadline(clock, timeoutMs, work, late, signal);',
      'return await withDeadline(clock, timeoutMs * 1_000, work, late, signal);',
    ),
  ),
];
