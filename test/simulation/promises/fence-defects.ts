import type { Defect } from './defect.ts';

const CORE = 'lambdas/core';
const TRANSITIONS = `${CORE}/refresh/refresh-transitions.ts`;
const REFRESHER = 'lambdas/refresher';
const TOKENS = `${REFRESHER}/adapters/token-secrets.ts`;
const EXCHANGE = `${REFRESHER}/exchange-token.ts`;
const MINT = `${REFRESHER}/mint-token.ts`;
const RESPONSE = `${CORE}/zoho/token-response.ts`;

/** Defects of what is published, and of how. */
export const PUBLISH_DEFECTS: readonly Defect[] = [
  {
    name: 'the publish is not fenced',
    breaks: ['I3'],
    edits: [
      {
        file: TOKENS,
        find: 'VersionStages: [CANDIDATE],',
        replace: 'VersionStages: [CANDIDATE.replace(/.*/, CURRENT)],',
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
    breaks: ['I3'],
    edits: [
      {
        file: TOKENS,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
        find: '`${connection}#${generation}`',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
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
  {
    name: 'an access token in the log',
    breaks: ['I7'],
    edits: [
      {
        file: EXCHANGE,
        find: '    progress.tokenWasMinted = true;\n',
        replace:
          "    progress.tokenWasMinted = true;\n    context.log.info('minted', { token: response.accessToken.reveal() });\n",
      },
    ],
  },
  {
    name: 'a refresh token in the cause of an error that is logged',
    breaks: ['I7'],
    edits: [
      {
        file: EXCHANGE,
        find: "if (response.kind === 'refused') return fail(response.failure);",
        replace:
          "if (response.kind === 'refused') { context.log.warn('refused', { error: new Error('refused', { cause: new Error(parsed.credentials.refreshToken.reveal()) }) }); return fail(response.failure); }",
      },
    ],
  },
  {
    name: 'a change is announced although somebody else wrote the row',
    breaks: ['I10'],
    edits: [
      {
        file: MINT,
        find: 'if (!(await commit(context, leased, next))) return leaseLost(leased);',
        replace: 'await commit(context, leased, next);',
      },
    ],
  },
];
