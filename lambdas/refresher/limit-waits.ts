import { withTimeLimit } from '../core/first-abort.ts';
import type { CheckedClock, SecretStores } from '../core/ports.ts';
import type { RefreshContext } from './refresh-context.ts';

/** All calls of the connections table before the mint, together. */
const TABLE_MS = 3_000;
/** Writing the result to the connections table. */
const COMMIT_MS = 3_000;
/** All reads of Secrets Manager, together. */
const SECRETS_MS = 5_000;

/**
 * A context for requests on demand, whose callers wait: a service that does not answer costs them seconds, and not the
 * deadline of the invocation. Until Zoho is asked, nothing is lost by giving up. After that, the publish keeps the deadline
 * of the invocation: a token that Zoho issued and no one can read is wasted.
 */
export function limitWaits(context: RefreshContext): RefreshContext {
  const { clock, connections, clients, followedTokens, sealed } = context;
  const table = limitTo(TABLE_MS, clock);
  const commit = limitTo(COMMIT_MS, clock);
  const secrets = limitTo(SECRETS_MS, clock);
  const limited = ({ credentials, rotatedCredentials, tokens }: SecretStores): SecretStores => ({
    credentials: { read: (name, signal) => secrets(signal, (until) => credentials.read(name, until)) },
    rotatedCredentials,
    tokens: {
      ...tokens,
      lastPublished: (name, signal) => secrets(signal, (until) => tokens.lastPublished(name, until)),
    },
  });
  return {
    ...context,
    connections: {
      ...connections,
      read: (name, signal) => table(signal, (limited) => connections.read(name, limited)),
      create: (row, signal) => table(signal, (limited) => connections.create(row, limited)),
      replaceIfFree: (seen, next, nowMs, signal) =>
        table(signal, (limited) => connections.replaceIfFree(seen, next, nowMs, limited)),
      replaceIfHeld: (held, next, signal) =>
        commit(signal, (limited) => connections.replaceIfHeld(held, next, limited)),
    },
    ...limited(context),
    sealed: sealed && limited(sealed),
    clients: {
      ...clients,
      read: (name, signal) => secrets(signal, (limited) => clients.read(name, limited)),
    },
    followedTokens: {
      read: (prefix, name, signal) =>
        secrets(signal, (limited) => followedTokens.read(prefix, name, limited)),
    },
  };
}

/** Runs calls with a signal that also aborts when they have waited this long in all. */
function limitTo(limitMs: number, clock: CheckedClock) {
  let leftMs = limitMs;
  return async <Answer>(
    signal: AbortSignal,
    call: (limited: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> => {
    const startedAtMs = clock.elapsed();
    try {
      return await withTimeLimit(clock, leftMs, signal, call);
    } finally {
      leftMs = Math.max(0, leftMs - (clock.elapsed() - startedAtMs));
    }
  };
}
