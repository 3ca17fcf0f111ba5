import { GetSecretValueCommand, type GetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type ParsedAccessToken, parseAccessToken } from '../core/secrets/access-token.ts';
import { isSecretWithoutValue } from './secret-without-value.ts';

/** The content of a token secret. */
export type PublishedToken = ParsedAccessToken | { readonly ok: false; readonly problems: 'empty' };

/** Takes the time of AWS from its responses. */
export interface ResponseDates {
  /** Milliseconds since some moment. */
  elapsed(): number;
  /** Called with the `Date` of each response, and `elapsed()` from before the request. */
  correct(date: string | undefined, sentAtMs: number): void;
}

/** Reads a token secret as a consumer does. Throws the SDK's error if Secrets Manager fails: callers explain it in their way. */
export type PublishedTokenReader = (abortSignal?: AbortSignal) => Promise<PublishedToken>;

export function createPublishedTokenReader(
  client: {
    send(command: GetSecretValueCommand, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
  },
  secretId: string,
  dates?: ResponseDates,
): PublishedTokenReader {
  return async (abortSignal) => {
    const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: 'AWSCURRENT' });
    if (dates !== undefined) passDates(command, dates);
    try {
      const output = await client.send(command, abortSignal && { abortSignal });
      return parseAccessToken((output as GetSecretValueCommandOutput).SecretString ?? '');
    } catch (error) {
      if (isSecretWithoutValue(error)) return { ok: false, problems: 'empty' };
      throw error;
    }
  };
}

/** By a middleware of the command, which every SDK client calls, a given one as well. */
function passDates(command: GetSecretValueCommand, dates: ResponseDates): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const sentAtMs = dates.elapsed();
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string | undefined> };
      dates.correct(headers?.date, sentAtMs);
      return result;
    },
    { step: 'deserialize' },
  );
}
