import { type Defect, defect, edit, FILES, rareDefect } from './defect.ts';

/** Defects that must break I6 and I8, or another promise that they name. */
export const BLOCKING_DEFECTS: readonly Defect[] = [
  rareDefect(
    'a throttle is treated as a revocation',
    { breaks: ['I6'], foundIn: ['Zoho throttles every call'] },
    edit(FILES.failures, "throttled: { effect: 'cooling-down'", "throttled: { effect: 'blocked'"),
  ),
  defect(
    'a throttle is treated as a transient failure',
    ['I8'],
    edit(FILES.failures, "throttled: { effect: 'cooling-down'", "throttled: { effect: 'unchanged'"),
  ),
  defect(
    'an AWS failure is treated as bad credentials',
    ['I6'],
    edit(FILES.failures, "aws: { effect: 'unchanged'", "aws: { effect: 'blocked'"),
  ),
  defect(
    'a Zoho failure is treated as bad credentials',
    ['I6'],
    edit(FILES.failures, "transient: { effect: 'unchanged'", "transient: { effect: 'blocked'"),
  ),
  defect(
    'a revocation is treated as a transient failure',
    ['I8'],
    edit(FILES.failures, "reauthorize: { effect: 'blocked'", "reauthorize: { effect: 'unchanged'"),
  ),
  defect(
    'an empty secret is treated as bad credentials',
    ['I6'],
    edit(FILES.failures, "'no-credentials': { effect: 'pending'", "'no-credentials': { effect: 'blocked'"),
  ),
  defect(
    'a cool-down of one second',
    ['I8'],
    edit(
      FILES.renewalTimes,
      'doubling(THROTTLE_WINDOW_MS, failures, 30 * 60_000)',
      'doubling(1_000, failures, 30 * 60_000)',
    ),
  ),
  defect(
    'a blocked connection is never probed again',
    ['I4', 'I6'],
    edit(
      FILES.refusedCredentials,
      'if (sinceFirstMs >= PROBE_INTERVAL_MS) return latestMs;',
      'if (sinceFirstMs >= 0) return latestMs + 1_000 * PROBE_INTERVAL_MS;',
    ),
  ),
  defect(
    'a blocked connection is probed every minute',
    ['I8'],
    edit(FILES.renewalTimes, 'PROBE_INTERVAL_MS = 60 * 60_000', 'PROBE_INTERVAL_MS = 60_000'),
  ),
  defect(
    'the first refusal blocks a connection whose token is valid',
    ['I6'],
    edit(FILES.refusedCredentials, 'CONFIRMED_AFTER_MS = 150_000', 'CONFIRMED_AFTER_MS = 0'),
  ),
  defect('Zoho is asked again only an hour after a refusal', ['I6'], ...askedAgainOnlyEvery(60)),
  defect('Zoho is asked again every ten minutes after a refusal', ['I6'], ...askedAgainOnlyEvery(10)),
  rareDefect(
    'a refusal is never believed',
    { breaks: ['I6'], foundIn: ['a connection is revoked'] },
    edit(
      FILES.refusedCredentials,
      'if (versionId === undefined || !mayBeWrong(connection, code, versionId)) return true;',
      'if (versionId === undefined || !mayBeWrong(connection, code, versionId)) return true;\n  if (nowMs > 0) return false;',
    ),
  ),
  rareDefect(
    'the refusal of a whole data center is believed',
    { breaks: ['I6'], foundIn: ['Zoho refuses a data center wrongly'] },
    edit(
      FILES.refusedCredentials,
      'if (isMassRefusal) return nowMs >= firstAtMs + PROBE_INTERVAL_MS;',
      'if (isMassRefusal && nowMs < 0) return nowMs >= firstAtMs + PROBE_INTERVAL_MS;',
    ),
  ),
  defect(
    'a blocked connection is not counted',
    ['I6'],
    edit(
      FILES.attemptReport,
      "connection.status === 'blocked') return [{ Blocked: 1 }];",
      "connection.status === 'blocked') return [];",
    ),
  ),
  defect(
    'Zoho is asked about refused credentials at every tick',
    ['I8'],
    edit(FILES.refusedCredentials, 'ASKED_AGAIN_EVERY_MS = 6 * 60_000', 'ASKED_AGAIN_EVERY_MS = 1 * 60_000'),
  ),
  defect(
    'a token that is too long is minted again and again',
    ['I8'],
    edit(
      FILES.failures,
      "'unusable-token': { effect: 'postponed'",
      "'unusable-token': { effect: 'unchanged'",
    ),
  ),
  defect(
    'new credentials of a blocked connection are not noticed',
    ['I6'],
    edit(
      FILES.refreshDecision,
      "return status === 'blocked' && credentialsVersionId === versionId;",
      "return status === 'blocked' && credentialsVersionId !== undefined && versionId !== '';",
    ),
  ),
];

/** Zoho is asked again after a refusal at equal intervals, of this many minutes. */
function askedAgainOnlyEvery(minutes: number) {
  return [
    edit(
      FILES.refusedCredentials,
      'ASKED_AGAIN_AFTER_MS = [45_000, 165_000, 465_000] as const',
      'ASKED_AGAIN_AFTER_MS: readonly number[] = []',
    ),
    edit(
      FILES.refusedCredentials,
      'ASKED_AGAIN_EVERY_MS = 6 * 60_000 - 15_000',
      `ASKED_AGAIN_EVERY_MS = ${minutes} * 60_000`,
    ),
  ];
}
