import type { Defect } from './defect.ts';

const CORE = 'lambdas/core';
const ADAPTERS = 'lambdas/adapters';
const TABLE = `${ADAPTERS}/connection-table.ts`;
const REFRESHER = 'lambdas/refresher';
const EXCHANGE = `${REFRESHER}/exchange-token.ts`;

/** Defects of the lease and of the conditions in the table. */
export const LEASE_DEFECTS: readonly Defect[] = [
  {
    name: 'no lease',
    breaks: ['I1', 'I2', 'I3'],
    edits: [
      {
        file: TABLE,
        find: 'nobodyCameBefore, nothingWasRescheduled, leaseIsFree]',
        replace: 'nobodyCameBefore]',
      },
      {
        file: `${CORE}/refresh/lease.ts`,
        find: 'connection.lease !== undefined && connection.lease.untilMs > nowMs',
        replace: 'false && nowMs > 0',
      },
    ],
  },
  {
    name: 'a lease shorter than a call may take',
    breaks: ['I1'],
    edits: [
      {
        file: `${CORE}/refresh/lease.ts`,
        find: '(functionTimeoutSeconds + LEASE_MARGIN_SECONDS) * 1000',
        replace: 'Math.min(5_000, (functionTimeoutSeconds + LEASE_MARGIN_SECONDS) * 1000)',
      },
      {
        file: EXCHANGE,
        find: '!outlasts(lease, nowMs, settings.zohoTimeoutMs)',
        replace: 'nowMs > lease.untilMs',
      },
    ],
  },
  {
    name: 'a lease that never ends',
    breaks: ['I4', 'I5', 'I6'],
    edits: [
      { file: TABLE, find: ' OR leaseUntil <= :now)', replace: ')' },
      { file: `${CORE}/refresh/lease.ts`, find: ' && connection.lease.untilMs > nowMs', replace: '' },
    ],
  },
  {
    name: 'a lease without a new generation',
    breaks: ['I1', 'I2', 'I3', 'I4'],
    edits: [
      {
        file: `${CORE}/refresh/lease.ts`,
        find: 'connection.generation + 1',
        replace: 'connection.generation',
      },
    ],
  },
  {
    name: 'a dead holder is not due when its lease ends',
    breaks: ['I4', 'I5', 'I6'],
    edits: [
      {
        file: `${CORE}/refresh/lease.ts`,
        find: '    nextAttemptAtMs: untilMs,\n',
        replace: '    nextAttemptAtMs: untilMs + 3_600_000,\n',
      },
    ],
  },
  {
    name: 'the index is trusted: no condition on the lease',
    breaks: ['I1', 'I2', 'I3'],
    edits: [
      {
        file: TABLE,
        find: '[nobodyCameBefore, nothingWasRescheduled, leaseIsFree]',
        replace: "['attribute_exists(generation)']",
      },
    ],
  },
  {
    name: 'an index may still show the row of a finished lease',
    breaks: ['I1'],
    edits: [
      {
        file: TABLE,
        find: 'nobodyCameBefore, nothingWasRescheduled, leaseIsFree',
        replace: 'nobodyCameBefore, leaseIsFree',
      },
    ],
  },
  {
    name: 'the commit is not fenced',
    breaks: ['I1', 'I2', 'I3', 'I4'],
    edits: [
      { file: TABLE, find: '[nobodyCameBefore, leaseIsMine]', replace: "['attribute_exists(generation)']" },
    ],
  },
  {
    name: 'a call is made although its lease is over',
    breaks: ['I1', 'I2'],
    edits: [
      {
        file: EXCHANGE,
        find: 'if (isTooLate(context, leased, startedAtMs)) return',
        replace: 'if (isTooLate(context, leased, 0)) return',
      },
    ],
  },
];
