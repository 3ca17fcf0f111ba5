import { type Defect, defect, edit, FILES } from './defect.ts';

/** Defects that must break I7, or another promise that they name. */
export const SECRECY_DEFECTS: readonly Defect[] = [
  defect(
    'a refresh token in the log',
    ['I7'],
    edit(
      FILES.exchangeToken,
      '    const startedAtMs = context.clock.now();\n',
      "    context.log.info('credentials', { token: parsed.credentials.refreshToken.reveal() });\n    const startedAtMs = context.clock.now();\n",
    ),
  ),
  defect(
    'an access token in the log',
    ['I7'],
    edit(
      FILES.exchangeToken,
      '    progress.tokenWasMinted = true;\n',
      "    progress.tokenWasMinted = true;\n    context.log.info('minted', { token: response.accessToken.reveal() });\n",
    ),
  ),
  defect(
    'a refresh token in a notification',
    ['I7'],
    edit(
      FILES.exchangeToken,
      '    const startedAtMs = context.clock.now();\n',
      '    Object.assign(globalThis, { leaked: parsed.credentials.refreshToken.reveal() });\n    const startedAtMs = context.clock.now();\n',
    ),
    edit(
      FILES.notificationTopics,
      'sms: subject',
      'sms: [subject, (globalThis as { leaked?: string }).leaked].join()',
    ),
  ),
  defect(
    'a refresh token in the cause of an error that is logged',
    ['I7'],
    edit(
      FILES.exchangeToken,
      'return fail(response.failure);',
      "context.log.warn('refused', { error: new Error('refused', { cause: new Error(parsed.credentials.refreshToken.reveal()) }) }); return fail(response.failure);",
    ),
  ),
];
