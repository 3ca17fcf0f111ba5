/** Where the simulator listens for each of Zoho's public hosts: host -> loopback origin. */
export type Routes = Readonly<Record<string, string>>;

/**
 * A `fetch` that reaches the simulator under Zoho's real names. The refresher is given it by the sandbox's composition
 * root: nothing in the refresher, its environment or its settings can do the same. Hosts that are not Zoho's are refused,
 * as they would be by a firewall.
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
