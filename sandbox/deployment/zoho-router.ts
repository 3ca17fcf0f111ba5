/** The simulator's origin for each of Zoho's public hosts. */
export type Routes = Readonly<Record<string, string>>;

/**
 * A `fetch` that reaches the simulator under Zoho's real host names. Only the sandbox's composition root can inject it: no
 * environment variable or setting of the refresher does the same. Refuses all other hosts, as a firewall would.
 */
export function fetchThrough(routes: Routes): typeof globalThis.fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const origin = routes[url.host];
    if (url.protocol !== 'https:' || origin === undefined) {
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('no route'), { code: 'ENOTFOUND' }),
      });
    }
    return await fetch(new URL(`${url.pathname}${url.search}`, origin), init);
  };
}

/** Routes to a simulator's accounts servers. */
export function routesTo(simulator: {
  readonly origins: Readonly<Record<string, string>>;
  readonly accountsHosts: Readonly<Record<string, string>>;
}): Routes {
  return Object.fromEntries(
    Object.entries(simulator.accountsHosts).map(([location, host]) => [
      host,
      simulator.origins[location] ?? '',
    ]),
  );
}
