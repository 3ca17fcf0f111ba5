import type { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';

/** Takes the time of AWS from its responses. */
export interface ResponseDates {
  /** Milliseconds since some moment. */
  elapsed(): number;
  /** Called with the `Date` of each response, and `elapsed()` from before the request. */
  correct(date: string | undefined, sentAtMs: number): void;
}

/**
 * Passes the date of each response to a command, or to any command of a client, errors included. By a middleware, which every SDK
 * client calls, a given one as well.
 */
export const passDates = (sent: { readonly middlewareStack: object }, dates: ResponseDates): void => {
  // The stacks of all commands and clients have this method.
  const stack = sent.middlewareStack as GetSecretValueCommand['middlewareStack'];
  stack.add(
    (next) => async (args) => {
      const sentAtMs = dates.elapsed();
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string | undefined> };
      dates.correct(headers?.date, sentAtMs);
      return result;
    },
    // After the SDK's own, which throws the errors that responses contain.
    { step: 'deserialize', priority: 'low' },
  );
};
