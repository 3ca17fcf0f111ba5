import { GetSecretValueCommand, type GetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type ParsedAccessToken, parseAccessToken } from '../core/secrets/access-token.ts';
import { passDates, type ResponseDates } from './response-dates.ts';
import { isSecretWithoutValue } from './secret-without-value.ts';

/** The content of a token secret. */
export type PublishedToken = ParsedAccessToken | { readonly ok: false; readonly problems: 'empty' };

/** Reads a token secret as a consumer does. Throws the SDK's error if Secrets Manager fails: callers explain it in their way. */
export type PublishedTokenReader = (abortSignal?: AbortSignal) => Promise<PublishedToken>;

export const createPublishedTokenReader =
  (
    client: {
      send(command: GetSecretValueCommand, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
    },
    secretId: string,
    dates?: ResponseDates,
  ): PublishedTokenReader =>
  async (abortSignal) => {
    const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: 'AWSCURRENT' });
    if (dates) passDates(command, dates);
    try {
      const output = await client.send(command, abortSignal && { abortSignal });
      return parseAccessToken((output as GetSecretValueCommandOutput).SecretString ?? '');
    } catch (error) {
      if (isSecretWithoutValue(error)) return { ok: false, problems: 'empty' };
      throw error;
    }
  };
