import { type Defect, defect, edit, FILES, rareDefect } from './defect.ts';

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
  rareDefect(
    'a caller waits for a table that does not answer until the invocation ends',
    { breaks: ['C2'], foundIn: ['DynamoDB answers no call'] },
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
