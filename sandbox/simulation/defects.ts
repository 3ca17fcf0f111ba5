import type { Defect } from './defect.ts';

const CORE = 'lambdas/core';
const ADAPTERS = 'lambdas/adapters';
const REFRESHER = 'lambdas/refresher';
const TABLE = `${ADAPTERS}/connection-table.ts`;
const TOKENS = `${ADAPTERS}/token-secrets.ts`;
const FAILURES = `${CORE}/failures.ts`;
const TRANSITIONS = `${CORE}/refresh-transitions.ts`;
const DECISION = `${CORE}/refresh-decision.ts`;
const SCHEDULE = `${CORE}/schedule.ts`;
const BUDGET = `${CORE}/mint-budget.ts`;
const EXCHANGE = `${REFRESHER}/exchange-token.ts`;
const RESPONSE = `${CORE}/token-response.ts`;

const THROTTLED = "throttled: { effect: 'cooling-down'";
const AWS = "aws: { effect: 'unchanged'";
const TRANSIENT = "transient: { effect: 'unchanged'";

/**
 * Defects that somebody could make, each of which the simulation must find. One that it does not find is a hole in the
 * simulation: `npm run simulate -- --mutants` fails then.
 */
export const DEFECTS: readonly Defect[] = [
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
        file: `${CORE}/lease.ts`,
        find: 'connection.lease !== undefined && connection.lease.untilMs > nowMs',
        replace: 'false && nowMs > 0',
      },
    ],
  },
  {
    name: 'a lease shorter than the function may take',
    breaks: ['I1'],
    edits: [
      {
        file: `${CORE}/lease.ts`,
        find: '(functionTimeoutSeconds + LEASE_MARGIN_SECONDS) * 1000',
        replace: '15_000',
      },
    ],
  },
  {
    name: 'a lease that never ends',
    breaks: ['I4', 'I5', 'I6'],
    edits: [
      { file: TABLE, find: ' OR leaseUntil <= :now)', replace: ')' },
      { file: `${CORE}/lease.ts`, find: ' && connection.lease.untilMs > nowMs', replace: '' },
    ],
  },
  {
    name: 'a lease without a new generation',
    breaks: ['I1', 'I2', 'I3', 'I4'],
    edits: [
      { file: `${CORE}/lease.ts`, find: 'connection.generation + 1', replace: 'connection.generation' },
    ],
  },
  {
    name: 'a dead holder is not due when its lease ends',
    breaks: ['I4', 'I5', 'I6'],
    edits: [
      {
        file: `${CORE}/lease.ts`,
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
    name: 'the commit is fenced by the generation only',
    breaks: ['I1', 'I2', 'I3', 'I4'],
    edits: [{ file: TABLE, find: '[nobodyCameBefore, leaseIsMine]', replace: '[leaseIsMine]' }],
  },
  {
    name: 'the publish is not fenced',
    breaks: ['I3'],
    edits: [
      {
        file: TOKENS,
        find: 'if (fromVersionId !== undefined && (await this.#moveCurrent(fromVersionId)))',
        replace: 'if (await this.#moveCurrent((await this.#readCurrent())?.versionId ?? fromVersionId))',
      },
    ],
  },
  {
    name: 'an older generation may replace a newer one',
    breaks: ['I3'],
    edits: [{ file: TOKENS, find: 'current.generation >= this.#token.generation', replace: 'false' }],
  },
  {
    name: 'the token is stored, and AWSCURRENT stays with the older one',
    breaks: ['I4'],
    edits: [
      {
        file: TOKENS,
        find: '    return this.#moveFromWhereverItStands();\n',
        replace: '    return this.#published();\n',
      },
      {
        file: TOKENS,
        find: 'if (fromVersionId !== undefined && (await this.#moveCurrent(fromVersionId)))',
        replace: 'if (fromVersionId === undefined)',
      },
    ],
  },
  {
    name: 'a random idempotency token',
    breaks: ['I2'],
    edits: [
      {
        file: TOKENS,
        find: '`${connection}#${generation}`',
        replace: '`${connection}#${generation}#${Math.random()}`',
      },
    ],
  },
  {
    name: 'a higher generation in the secret is never overtaken',
    breaks: ['I4'],
    edits: [
      {
        file: TRANSITIONS,
        find: 'Math.max(leased.generation, attempt.generationFound ?? 0)',
        replace: 'leased.generation',
      },
    ],
  },
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
        file: `${CORE}/lease.ts`,
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
    name: 'expires_in in milliseconds is believed',
    breaks: ['I4', 'I5'],
    edits: [
      {
        file: RESPONSE,
        find: 'json.expires_in_sec, json.expires_in]',
        replace: 'json.expires_in, json.expires_in_sec]',
      },
      {
        file: RESPONSE,
        find: 'Math.min(Math.floor(seconds * 1000), ACCESS_TOKEN_LIFETIME_MS)',
        replace: 'Math.floor(seconds * 1000)',
      },
    ],
  },
  {
    name: 'the hour is counted from the token before',
    breaks: ['I1', 'I2', 'I3', 'I4', 'I5'],
    edits: [
      {
        file: EXCHANGE,
        find: 'Math.max(startedAtMs, leased.token?.issuedAtMs ?? 0)',
        replace: 'leased.token?.issuedAtMs ?? startedAtMs',
      },
    ],
  },
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
        find: 'doubling(15_000, failures, 120_000)',
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
        find: "existing.status === 'disabled' && existing.lastFailure?.code === 'undeclared'",
        replace: "existing.name === ''",
      },
    ],
  },
  {
    name: 'the data center is guessed',
    breaks: ['I4', 'I6'],
    edits: [
      {
        file: `${ADAPTERS}/zoho-accounts.ts`,
        find: 'DATA_CENTERS[credentials.dataCenter].accountsServer',
        replace: 'DATA_CENTERS.us.accountsServer',
      },
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
  {
    name: 'a refresh token in the log',
    breaks: ['I7'],
    edits: [
      {
        file: EXCHANGE,
        find: '    const startedAtMs = context.clock.now();\n',
        replace:
          "    context.log.info('credentials', { token: parsed.credentials.refreshToken.reveal() });\n    const startedAtMs = context.clock.now();\n",
      },
    ],
  },
];
