import { type Defect, defect, edit, FILES, rareDefect } from './defect.ts';

/** Defects that must break C3, or another promise that they name. */
export const SHARED_BUDGET_DEFECTS: readonly Defect[] = [
  defect(
    'every complaint about a token is honored',
    ['C3'],
    edit(FILES.complaints, 'if (retryAtMs <= nowMs) return', 'if (retryAtMs > 0) return'),
  ),
  defect(
    'complaints in a row are honored at once',
    ['C3'],
    edit(
      FILES.complaints,
      '[0, 15_000, 30_000, 60_000, 5 * 60_000, 15 * 60_000, 30 * 60_000]',
      '[0, 0, 0, 0, 0, 0, 0]',
    ),
  ),
  defect(
    'complaints have no allowance for a day',
    ['C3'],
    edit(
      FILES.complaints,
      'mintsMs: [...recent(complaints, nowMs), nowMs]',
      'mintsMs: recent(complaints, nowMs)',
    ),
    edit(
      FILES.complaints,
      'Math.min(complaints.inARow + 1, MOST_IN_A_ROW)',
      'Math.min(complaints.inARow + 1, 5)',
    ),
  ),
  defect(
    'consumers use up what operators need',
    ['C3', 'I2'],
    edit(FILES.complaints, 'if (retryAtMs <= nowMs) return', 'if (retryAtMs > 0) return'),
    edit(
      FILES.mintBudget,
      'limits: { scheduled: 10, operator: 8, consumer: 6 }',
      'limits: { scheduled: 10, operator: 6, consumer: 6 }',
    ),
  ),
  defect(
    'the first complaint makes all later ones incredible for ever',
    ['C3'],
    edit(
      FILES.complaints,
      'isChallenged(connection) || complaints.inARow === 0 ? complaints : { ...complaints, inARow: 0 }',
      '{ ...complaints, inARow: isChallenged(connection) ? MOST_IN_A_ROW : complaints.inARow }',
    ),
  ),
  defect(
    'consumers are told to wait until after the next scheduled refresh',
    ['C3'],
    edit(
      FILES.refreshDecision,
      'Math.min(verdict.retryAtMs, nextRenewalAtMs(connection, nowMs))',
      'Math.min(verdict.retryAtMs, nowMs + 86_400_000)',
    ),
  ),
  rareDefect(
    'no one asks for a new token when an API rejects one',
    { breaks: ['C3'], foundIn: ['a whole day'] },
    edit(FILES.apiFetch, "mayHelp ? 'rejected' : 'doubtful'", "'doubtful'"),
  ),
];
