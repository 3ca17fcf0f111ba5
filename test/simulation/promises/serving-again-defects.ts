import { type Defect, defect, edit, FILES, rareDefect } from './defect.ts';

/** Defects that must break C4, or another promise that they name. */
export const SERVING_AGAIN_DEFECTS: readonly Defect[] = [
  rareDefect(
    'callers wait for ever for a read that was never answered',
    { breaks: ['C4'], foundIn: ['Secrets Manager answers no call of a consumer'] },
    edit(
      FILES.tokenCache,
      'const deadlineMs = isValid() ? SHORT_READ_DEADLINE_MS : READ_DEADLINE_MS;',
      'const deadlineMs = (isValid() ? SHORT_READ_DEADLINE_MS : READ_DEADLINE_MS) * 10_000;',
    ),
  ),
  defect(
    'a process that has failed to read the secret once does not read it again',
    ['C4', 'C1'],
    edit(
      FILES.tokenCache,
      'flight ??= work().finally(() => {\n      flight = undefined;\n    });',
      'flight ??= work();',
    ),
  ),
];
