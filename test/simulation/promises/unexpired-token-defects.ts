import { type Defect, defect, edit, FILES, rareDefect } from './defect.ts';

/** Defects that must break C1, or another promise that they name. */
export const UNEXPIRED_TOKEN_DEFECTS: readonly Defect[] = [
  rareDefect(
    'the clock of the client is read once per turn of the event loop',
    { breaks: ['C1'], foundIn: ['a consumer is frozen between calls, for hours'] },
    edit(
      FILES.createZohoClient,
      'const clock = options.clock ? completeClock(options.clock) : REAL_TIME;',
      `const given = completeClock(options.clock ?? REAL_TIME);
  let turnMs: number | undefined;
  const nowOfTurn = () => {
    if (turnMs === undefined) setImmediate(() => (turnMs = undefined)).unref();
    turnMs ??= given.now();
    return turnMs;
  };
  const clock = { ...given, now: nowOfTurn, monotonic: nowOfTurn };`,
    ),
  ),
  rareDefect(
    'a clock that is set back makes a token live longer',
    { breaks: ['C1'], foundIn: ['the clock of a consumer is set back'] },
    edit(FILES.tokenCache, 'if (systemMs < checkedAtMs - CHECK_MS) freshUntilMs = 0;', ''),
    edit(FILES.awsTime, 'Math.max(systemMs, monotonicMs, 0)', 'systemMs'),
  ),
  defect(
    'the time in which a process was frozen does not count',
    ['C1'],
    edit(FILES.awsTime, 'Math.max(systemMs, monotonicMs, 0)', 'Math.max(0, Math.min(systemMs, monotonicMs))'),
  ),
  defect(
    'the time is never corrected by that of AWS',
    ['C1', 'C4'],
    edit(FILES.responseDates, 'dates.correct(headers?.date, sentAtMs);', ''),
  ),
  defect(
    'an expired token is served while no newer one is published',
    ['C1'],
    edit(FILES.accessTokens, 'if (valid) return valid;', 'return token;'),
  ),
  defect(
    'a token is replaced for a caller whose clock is wrong',
    ['C1'],
    edit(FILES.refreshDecision, "if (claim === 'expired') return 'not-expired';", ''),
  ),
];
