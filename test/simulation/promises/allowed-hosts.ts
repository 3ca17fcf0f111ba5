import { honestHosts } from '../hostile-strings.ts';
import type { ApiRequest } from '../simulated-api.ts';
import type { PromiseCheck, Purpose, Violate, WorldView } from './promise.ts';

/**
 * C5: a token goes only to Zoho's hosts in its own data center, by https, whatever URL a caller passes, a server redirects to or
 * Zoho names as `api_domain`.
 */
export class AllowedHosts implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onTokenSecretChanged(connection: string, author: Purpose | 'human'): void {
    const text = this.#world.currentToken(connection)?.text ?? '';
    const apiDomain = /"api_domain":"([^"]*)"/.exec(text)?.[1];
    if (author === 'human' || apiDomain === undefined || this.#isAllowed(connection, new URL(apiDomain)))
      return;
    this.#violate(`the api_domain ${apiDomain} is published for ${connection}`);
  }

  onApiRequest({ process, connection, url, token }: ApiRequest): void {
    if (token === undefined) return;
    if (!this.#isAllowed(connection, url))
      this.#violate(`${process} sends the token of ${connection} to ${url.protocol}//${url.host}`);
  }

  #isAllowed(connection: string, { protocol, host }: URL): boolean {
    const owner = this.#world.connections().find(({ name }) => name === connection);
    if (owner === undefined) throw new Error(`The world has no connection ${connection}.`);
    return protocol === 'https:' && honestHosts(owner.location).includes(host);
  }
}
