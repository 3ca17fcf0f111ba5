import { classOf, InfrastructureError } from '../core/failures.ts';
import { withTimeLimit } from '../core/first-abort.ts';
import {
  type AnswerToRefresh,
  isRotated,
  type MintedToken,
  repeatsCredentials,
} from '../core/refresh/minted-token.ts';
import { withRotatedToken } from '../core/secrets/rotated-credentials.ts';
import { isTokenText } from '../core/zoho/authorization-header.ts';
import type { TokenResponse } from '../core/zoho/token-response.ts';
import { noticeChange } from './notice-changes.ts';
import { type FoundCredentials, judgedVersionOf } from './read-credentials.ts';
import type { AttemptContext } from './refresh-context.ts';

/** The access token waits while the refresh token is stored, and is published in any case. */
const STORE_MS = 10_000;

/**
 * Stores the refresh token of an answer if Zoho has replaced the one that was used and the deployment accepts it, also if its access
 * token cannot be published. Returns the version of the credentials that counts from now on. If it cannot be stored, that is the one
 * that was used, and the log says so.
 */
export async function keepRotatedToken(
  context: AttemptContext,
  minted: AnswerToRefresh & Pick<MintedToken, 'connection'>,
  used: FoundCredentials,
): Promise<string> {
  const { connection, response } = minted;
  const { accessToken, refreshToken } = response;
  if (refreshToken === undefined || !isRotated(minted)) return judgedVersionOf(used);
  const notStored = (reason: string, fields: object = {}) => {
    noticeChange(
      context,
      connection.name,
      'refresh-token',
      'Zoho sent a new refresh token, which is not stored',
      {
        ...fields,
        reason: `${reason} The one in the credentials secret is used until Zoho refuses it. Then run: zoho-tokens authorize ${connection.name}`,
      },
    );
    return judgedVersionOf(used);
  };
  if (!context.settings.acceptRotatedRefreshTokens)
    return notStored('The setting acceptRotatedRefreshTokens is off.');
  const isEchoed = accessToken !== undefined && repeatsCredentials(minted, accessToken.reveal());
  if (!isTokenText(refreshToken.reveal()) || isEchoed) return notStored('The answer is not credible.');
  const rotated = {
    connection: connection.name,
    generation: connection.generation,
    text: withRotatedToken(used.text, refreshToken, used.versionId),
    usedVersionId: used.versionId,
  };
  try {
    const result = await withTimeLimit(context.clock, STORE_MS, context.deadlines.work, (signal) =>
      context.rotatedCredentials.store(rotated, signal),
    );
    if (result.kind === 'superseded')
      return notStored('An operator has stored other credentials meanwhile, which count.');
    context.log.info('a new refresh token of Zoho is stored', {
      connection: connection.name,
      credentialsVersionId: result.versionId,
    });
    return judgedVersionOf({ ...used, versionId: result.versionId });
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    const { code, message } = error;
    return notStored(`${message} Unless Secrets Manager has stored it all the same, it is lost.`, { code });
  }
}

/**
 * If Zoho refuses a refresh token: the version of the credentials that replaces the one that was used, made current. An attempt may
 * have ended after it had stored a rotated refresh token and before it could make it current. Undefined if there is none.
 */
export async function findSuccessor(
  context: AttemptContext,
  connection: string,
  used: FoundCredentials,
  response: TokenResponse,
): Promise<string | undefined> {
  const isRefused = response.kind === 'refused' && classOf(response.failure.code) === 'reauthorize';
  if (!context.settings.acceptRotatedRefreshTokens || !isRefused) return undefined;
  try {
    const result = await withTimeLimit(context.clock, STORE_MS, context.deadlines.work, (signal) =>
      context.rotatedCredentials.recover(connection, used.versionId, signal),
    );
    if (result.kind !== 'current') return undefined;
    context.log.info('a stored refresh token of Zoho is used', {
      connection,
      credentialsVersionId: result.versionId,
      reason: 'Zoho refuses the one before it.',
    });
    return judgedVersionOf({ ...used, versionId: result.versionId });
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    const { code, message } = error;
    context.log.warn('it cannot be checked whether a newer refresh token is stored', {
      connection,
      code,
      reason: message,
    });
    return undefined;
  }
}
