import type { Defect } from './defect.ts';

const ADAPTERS = 'lambdas/adapters';
const CORE = 'lambdas/core';
const FAILURES = `${CORE}/failures.ts`;
const RESPONSE = `${CORE}/zoho/token-response.ts`;
const THROTTLED = "throttled: { effect: 'cooling-down'";
const AWS = "aws: { effect: 'unchanged'";
const TRANSIENT = "transient: { effect: 'unchanged'";

/** Answers and errors that are taken for something else. */
export const FAILURE_DEFECTS: readonly Defect[] = [
  {
    name: 'a throttle is taken for a revocation',
    breaks: ['I6'],
    edits: [{ file: FAILURES, find: THROTTLED, replace: "throttled: { effect: 'blocked'" }],
  },
  {
    name: 'a throttle is taken for a passing fault',
    breaks: ['I8'],
    edits: [{ file: FAILURES, find: THROTTLED, replace: "throttled: { effect: 'unchanged'" }],
  },
  {
    name: 'AWS failing is taken for bad credentials',
    breaks: ['I6'],
    edits: [{ file: FAILURES, find: AWS, replace: "aws: { effect: 'blocked'" }],
  },
  {
    name: 'Zoho failing is taken for bad credentials',
    breaks: ['I6'],
    edits: [{ file: FAILURES, find: TRANSIENT, replace: "transient: { effect: 'blocked'" }],
  },
  {
    name: 'a revocation is taken for a passing fault',
    breaks: ['I8'],
    edits: [
      {
        file: FAILURES,
        find: "reauthorize: { effect: 'blocked'",
        replace: "reauthorize: { effect: 'unchanged'",
      },
    ],
  },
  {
    name: 'an empty secret is taken for bad credentials',
    breaks: ['I6'],
    edits: [
      {
        file: FAILURES,
        find: "'no-credentials': { effect: 'pending'",
        replace: "'no-credentials': { effect: 'blocked'",
      },
    ],
  },
  {
    name: 'an error body with HTTP 200 is taken for a success',
    breaks: ['I3', 'I4', 'I6'],
    edits: [
      {
        file: RESPONSE,
        find: 'json !== undefined && isTokenText(accessToken)',
        replace: 'json !== undefined && answer.status === 200',
      },
      { file: RESPONSE, find: 'new Redacted(accessToken)', replace: 'new Redacted(String(accessToken))' },
    ],
  },
  {
    name: 'the data center is guessed',
    breaks: ['I4', 'I6'],
    edits: [
      {
        file: `${ADAPTERS}/accounts-request.ts`,
        find: 'DATA_CENTERS[dataCenter].accountsServer',
        replace: 'DATA_CENTERS.us.accountsServer',
      },
    ],
  },
];
