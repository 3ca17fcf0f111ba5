import { honestHosts } from '../hostile-strings.ts';
import type { ApiRequest } from '../simulated-api.ts';
import type { PromiseCheck, Violate, WorldView } from './promise.ts';

/** C5: a token goes only to Zoho's hosts in its own data center, by https, whatever URL a caller passes or a server redirects to. */
export class AllowedHosts implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onApiRequest({ process, connection, url, token }: ApiRequest): void {
    if (token === undefined) return;
    const owner = this.#world.connections().find(({ name }) => name === connection);
    if (owner === undefined) throw new Error(`The world has no connection ${connection}.`);
    const isAllowed = url.protocol === 'https:' && honestHosts(owner.location).includes(url.host);
    if (!isAllowed)
      this.#violate(`${process} sends the token of ${connection} to ${url.protocol}//${url.host}`);
  }
}
