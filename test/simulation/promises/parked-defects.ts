import { type Defect, edit, FILES, rareDefect } from './defect.ts';

const FOUND_IN = ['a connection is parked'] as const;

/** Defects of parking that must break I6, or another promise that they name. */
export const PARKED_DEFECTS: readonly Defect[] = [
  rareDefect(
    'a parked connection is looked at as often as a blocked one',
    { breaks: ['I6'], foundIn: FOUND_IN },
    edit(FILES.renewalTimes, 'PARKED_POLL_INTERVAL_MS = 60 * 60_000', 'PARKED_POLL_INTERVAL_MS = 5 * 60_000'),
  ),
  rareDefect(
    'Zoho is asked about a parked connection as often as about a blocked one',
    { breaks: ['I6'], foundIn: FOUND_IN },
    edit(
      FILES.renewalTimes,
      'PARKED_PROBE_INTERVAL_MS = 24 * 60 * 60_000',
      'PARKED_PROBE_INTERVAL_MS = 60 * 60_000',
    ),
  ),
  rareDefect(
    'a parked connection is counted as blocked',
    { breaks: ['I6'], foundIn: FOUND_IN },
    edit(
      FILES.attemptReport,
      'if (isParked) return [];',
      'if (isParked && request === undefined) return [];',
    ),
  ),
  rareDefect(
    'a parked connection is not asked about when it is authorized again',
    { breaks: ['I6', 'I4'], foundIn: FOUND_IN },
    edit(
      FILES.refreshDecision,
      'if (nowMs < mayAskAtMs) {',
      'if (nowMs < mayAskAtMs || isParked(connection, parkAfterMs, nowMs)) {',
    ),
  ),
];
