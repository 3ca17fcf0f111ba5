import type { AttemptContext } from './refresh-context.ts';

/** Durations of one attempt in milliseconds: in total, and waiting for each system. */
export interface Durations {
  readonly total: number;
  /** The connections table. */
  readonly table?: number;
  /** The credentials secret, and that of a client. */
  readonly credentials?: number;
  /** Zoho's token endpoint. */
  readonly zoho?: number;
  /** The token secret of the followed deployment. */
  readonly followed?: number;
  /** The token secret. */
  readonly publish?: number;
}

type AskedSystem = Exclude<keyof Durations, 'total'>;

/** Wraps a context so that the time spent waiting for each system is measured. */
export function measureWaits(context: AttemptContext): {
  readonly context: AttemptContext;
  readonly durationsMs: () => Durations;
} {
  const { clock, connections, credentials, clients, rotatedCredentials } = context;
  const { tokenEndpoint, tokens, followedTokens } = context;
  const startedAtMs = clock.elapsed();
  const waited: Partial<Record<AskedSystem, number>> = {};

  function timed<Args extends unknown[], Answer>(
    system: AskedSystem,
    ask: (...args: Args) => Promise<Answer>,
  ): (...args: Args) => Promise<Answer> {
    return async (...args) => {
      const askedAtMs = clock.elapsed();
      try {
        return await ask(...args);
      } finally {
        waited[system] = (waited[system] ?? 0) + clock.elapsed() - askedAtMs;
      }
    };
  }

  return {
    context: {
      ...context,
      connections: {
        read: timed('table', (...args) => connections.read(...args)),
        replaceIfFree: timed('table', (...args) => connections.replaceIfFree(...args)),
        replaceIfHeld: timed('table', (...args) => connections.replaceIfHeld(...args)),
      },
      credentials: { read: timed('credentials', (...args) => credentials.read(...args)) },
      clients: {
        read: timed('credentials', (...args) => clients.read(...args)),
        promote: timed('credentials', (...args) => clients.promote(...args)),
      },
      rotatedCredentials: {
        store: timed('credentials', (...args) => rotatedCredentials.store(...args)),
        recover: timed('credentials', (...args) => rotatedCredentials.recover(...args)),
      },
      tokenEndpoint: { refresh: timed('zoho', (...args) => tokenEndpoint.refresh(...args)) },
      followedTokens: { read: timed('followed', (...args) => followedTokens.read(...args)) },
      tokens: { publish: timed('publish', (...args) => tokens.publish(...args)) },
    },
    durationsMs: () => ({ total: clock.elapsed() - startedAtMs, ...waited }),
  };
}
