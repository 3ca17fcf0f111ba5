import type { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';

/** Takes the time of AWS from its responses. */
export interface ResponseDates {
  /** Milliseconds since some moment. */
  elapsed(): number;
  /** Called with the `Date` of each response, and `elapsed()` from before the request. */
  correct(date: string | undefined, sentAtMs: number): void;
}

/** By a middleware of a command, which every SDK client calls, a given one as well. The dates of errors are passed, too. */
export function passDates(command: { readonly middlewareStack: object }, dates: ResponseDates): void {
  // The stacks of all commands and clients have this method.
  const stack = command.middlewareStack as GetSecretValueCommand['middlewareStack'];
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
}
