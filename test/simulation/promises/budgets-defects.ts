import type { Defect } from './defect.ts';

const CORE = 'lambdas/core';
const TRANSITIONS = `${CORE}/refresh/refresh-transitions.ts`;
const DECISION = `${CORE}/refresh/refresh-decision.ts`;
const BUDGET = `${CORE}/refresh/mint-budget.ts`;

/** Defects of the mint budget and of who may mint. */
export const BUDGET_DEFECTS: readonly Defect[] = [
  {
    name: 'a failed call is not counted',
    breaks: ['I2'],
    edits: [
      {
        file: TRANSITIONS,
        find: 'attempt.zohoWasAsked ? leased.mintsMs : seen.mintsMs',
        replace: 'seen.mintsMs',
      },
    ],
  },
  {
    name: 'calls are not counted at all',
    breaks: ['I2'],
    edits: [
      {
        file: `${CORE}/refresh/lease.ts`,
        find: 'recordMint(connection.mintsMs, nowMs)',
        replace: 'connection.mintsMs.slice(0, nowMs)',
      },
    ],
  },
  {
    name: 'a version that may have been written is not counted',
    breaks: ['I2'],
    edits: [
      {
        file: TRANSITIONS,
        find: 'attempt.versionMayBeWritten ? recordPublish(leased.publishesMs, nowMs) : leased.publishesMs',
        replace: 'leased.publishesMs',
      },
    ],
  },
  {
    name: 'versions of holders that died are not counted',
    breaks: ['I2'],
    edits: [
      {
        file: BUDGET,
        find: 'lease === undefined ? publishesMs : recordPublish(publishesMs, nowMs)',
        replace: 'nowMs > 0 || lease ? publishesMs : []',
      },
    ],
  },
  {
    name: 'consumers may use up the whole budget',
    breaks: ['I2'],
    edits: [
      {
        file: BUDGET,
        find: "kind === 'forced' ? forcedLimit : limit",
        replace: "kind === 'forced' ? Math.max(limit, forcedLimit) : limit",
      },
    ],
  },
  {
    name: 'the budget is not looked at',
    breaks: ['I2'],
    edits: [{ file: BUDGET, find: 'freeAtMs <= nowMs ?', replace: 'freeAtMs <= Number.MAX_VALUE ?' }],
  },
  {
    name: 'a rejected generation is not compared with the published one',
    breaks: ['I1'],
    edits: [
      {
        file: DECISION,
        find: 'return rejectedGeneration < publishedGeneration;',
        replace: 'return rejectedGeneration < 0 * publishedGeneration;',
      },
    ],
  },
];
