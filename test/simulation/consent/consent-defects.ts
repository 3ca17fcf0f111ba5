import { edit, type SourceEdit } from '../promises/defect.ts';

const TRANSITIONS = 'lambdas/core/invites/invite-transitions.ts';
const ADVANCE = 'lambdas/consent-api/advance-invite.ts';
const EXCHANGE = 'lambdas/consent-api/exchange-code.ts';
const STORE = 'lambdas/consent-api/store-grant.ts';
const SETTLE = 'lambdas/consent-api/settle-invite.ts';

/** Defects of ConsentApi. The exploration of its crashes must find each of them. */
export const CONSENT_DEFECTS: readonly (readonly [name: string, edit: SourceEdit])[] = [
  [
    'an exchange that was interrupted leaves no record',
    edit(TRANSITIONS, '.slice(-MOST_LOST)', '.slice(0, 0)'),
  ],
  [
    'an exchange without an answer leaves no record',
    edit(
      'lambdas/core/invites/exchange-outcome.ts',
      "mayExist: code !== 'throttled' && code",
      "mayExist: code === 'throttled' && code",
    ),
  ],
  [
    'a process that dies is not noticed by the sweep',
    edit(TRANSITIONS, 'lease: { owner, untilMs }, sweepAtMs: untilMs }', 'lease: { owner, untilMs } }'),
  ],
  [
    'a grant that cannot be sealed is kept',
    edit(EXCHANGE, "'aws_unavailable', !(await giveBack())", "'aws_unavailable', false"),
  ],
  [
    'a grant that is given up is not revoked',
    edit(
      ADVANCE,
      'const result = await zoho.revoke({ dataCenter: grant.dataCenter, refreshToken }, deadline);',
      "const result = (await Promise.resolve([zoho, refreshToken])) && ('revoked' as 'revoked' | { failure: { code: string } });",
    ),
  ],
  [
    'a revocation that Zoho does not answer is not repeated',
    edit(
      TRANSITIONS,
      'lease: undefined, sweepAtMs: nowMs + LOOK_AGAIN_MS }',
      'lease: undefined, sweepAtMs: undefined }',
    ),
  ],
  [
    'a grant that no one confirms is held for ever',
    edit(
      TRANSITIONS,
      "{ kind: 'awaiting', grant, mismatch, untilMs }, untilMs)",
      "{ kind: 'awaiting', grant, mismatch, untilMs })",
    ),
  ],
  [
    'credentials that a dead process has stored are not recognized',
    edit(STORE, 'return isOurs ? current.versionId : undefined;', 'return isOurs ? undefined : undefined;'),
  ],
  [
    'the refresh token that is replaced is forgotten',
    edit(
      STORE,
      "if (\n    current.kind === 'none' ||",
      "if (\n    invite.version > 0 ||\n    current.kind === 'none' ||",
    ),
  ],
  [
    'the old refresh token is revoked before a new token is live',
    edit(SETTLE, 'const isOldRevoked = tokenLive && (await', 'const isOldRevoked = (await'),
  ],
  [
    'a connection is stored before it is created',
    edit(
      STORE,
      'if (isConnected(row)) return true;',
      'if (row === undefined || isConnected(row)) return true;',
    ),
  ],
  ['who consented is not recorded', edit(STORE, 'await invites.recordConsent(', 'await Promise.resolve(')],
];
