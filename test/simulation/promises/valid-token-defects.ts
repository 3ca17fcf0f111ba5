import type { Defect } from './defect.ts';

const REFRESHER = 'lambdas/refresher';
const CORE = 'lambdas/core';
const TRANSITIONS = `${CORE}/refresh/refresh-transitions.ts`;
const DECISION = `${CORE}/refresh/refresh-decision.ts`;
const SCHEDULE = `${CORE}/refresh/schedule.ts`;

/** Defects of when something is tried again. */
export const SCHEDULE_DEFECTS: readonly Defect[] = [
  {
    name: 'a token is renewed when it has run out',
    breaks: ['I4', 'I5'],
    edits: [
      {
        file: SCHEDULE,
        find: 'expiresAtMs - refreshMarginMs - TICK_MS',
        replace: 'expiresAtMs + refreshMarginMs',
      },
    ],
  },
  {
    name: 'no jitter',
    breaks: ['I9'],
    edits: [
      { file: SCHEDULE, find: 'Math.floor(random() * ms)', replace: 'Math.floor(ms / 2 + 0 * random())' },
    ],
  },
  {
    name: 'a back-off without a limit',
    breaks: ['I4', 'I5'],
    edits: [
      {
        file: SCHEDULE,
        find: 'doubling(15_000, failures, LONGEST_BACKOFF_MS)',
        replace: 'doubling(15_000, failures, 86_400_000)',
      },
    ],
  },
  {
    name: 'a cool-down of a second',
    breaks: ['I8'],
    edits: [
      {
        file: SCHEDULE,
        find: 'doubling(10 * 60_000, failures, 30 * 60_000)',
        replace: 'doubling(1_000, failures, 30 * 60_000)',
      },
    ],
  },
  {
    name: 'a pending connection is never looked at again',
    breaks: ['I5', 'I6'],
    edits: [
      {
        file: TRANSITIONS,
        find: "status: 'pending', nextAttemptAtMs: nowMs + POLL_INTERVAL_MS",
        replace: "status: 'pending', nextAttemptAtMs: nowMs + 288 * POLL_INTERVAL_MS",
      },
    ],
  },
  {
    name: 'a blocked connection is never asked about again',
    breaks: ['I6'],
    edits: [
      {
        file: DECISION,
        find: 'Math.max(askedAtMs, refusedAtMs) + PROBE_INTERVAL_MS',
        replace: 'Math.max(askedAtMs, refusedAtMs) + 1_000 * PROBE_INTERVAL_MS',
      },
    ],
  },
  {
    name: 'a blocked connection is asked about at every look',
    breaks: ['I8'],
    edits: [
      { file: SCHEDULE, find: 'PROBE_INTERVAL_MS = 60 * 60_000', replace: 'PROBE_INTERVAL_MS = 60_000' },
    ],
  },
  {
    name: 'new credentials of a blocked connection go unnoticed',
    breaks: ['I6'],
    edits: [
      {
        file: DECISION,
        find: 'connection.credentialsVersionId === credentialsVersionId',
        replace: 'connection.name !== credentialsVersionId',
      },
    ],
  },
  {
    name: 'a connection that is declared again stays switched off',
    breaks: ['I4', 'I6'],
    edits: [
      {
        file: `${REFRESHER}/register-declared.ts`,
        find: 'isRetired(existing)',
        replace: "existing.name === ''",
      },
    ],
  },
];
