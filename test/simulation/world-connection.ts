import { secretText } from '../../sandbox/aws/secret-record.ts';
import type { SecretStore } from '../../sandbox/aws/secret-store.ts';
import type { ContractChange } from '../../sandbox/zoho/oauth-state.ts';
import type { Choices } from './choices.ts';
import { type ConnectionHome, pickHome } from './connection-home.ts';
import { type ConnectionTruth, credentialsKey } from './promises/promise.ts';
import type { SealedStore } from './sealed-store.ts';
import type { SimulatedZoho } from './simulated-zoho.ts';

export type SimulatedLocation = 'eu' | 'us' | 'in';

/** How an operator can break a credentials secret. */
export const BAD_CREDENTIALS = [
  'not JSON',
  'incomplete',
  'unknown data center',
  'wrong client secret',
  'an access token as refresh token',
  'another data center',
] as const;
export type BadCredentials = (typeof BAD_CREDENTIALS)[number];

const SCOPE = 'ZohoCRM.modules.ALL';

interface ConnectionParts {
  readonly secrets: SecretStore;
  /** The second store, if the world has one. */
  readonly sealed?: SealedStore | undefined;
  readonly zoho: SimulatedZoho;
  /** @default page */
  readonly severity?: ConnectionTruth['severity'];
  /** @default declared */
  readonly home?: ConnectionHome;
  /** A connection in the same data center. @default a client of its own */
  readonly sharesClientOf?: WorldConnection | undefined;
}

/** The connections of a world, some in one data center, some with one client. */
export function createConnections(
  choices: Choices,
  counts: readonly [number, ...number[]],
  parts: ConnectionParts,
): readonly WorldConnection[] {
  const count = choices.pick('connections', counts);
  const isOnePlace = choices.draw('one place') < 0.5;
  const connections: WorldConnection[] = [];
  for (let index = 0; index < count; index += 1) {
    const place = isOnePlace ? 0 : index;
    const location = choices.pick<SimulatedLocation>(`location ${place}`, ['eu', 'us', 'in']);
    const neighbor = connections.find((each) => each.location === location);
    const isShared = neighbor !== undefined && choices.draw(`client ${index}`) < 0.3;
    connections.push(
      new WorldConnection(`c${index}`, location, {
        ...parts,
        home: parts.sealed === undefined ? 'declared' : pickHome(choices, index),
        severity: choices.pick(`severity ${index}`, ['page', 'page', 'page', 'ticket', 'none']),
        sharesClientOf: isShared ? neighbor : undefined,
      }),
    );
  }
  return connections;
}

/** Whether a connection is in the second store. */
export function isSealed({ home }: WorldConnection): boolean {
  return home === 'connected, in DynamoDB';
}

/** One connection, and what its users and operators do with its credentials. Knows what Zoho accepts, unlike the product. */
export class WorldConnection implements ConnectionTruth {
  readonly name: string;
  readonly location: SimulatedLocation;
  readonly severity: ConnectionTruth['severity'];
  readonly home: ConnectionHome;
  isDeclared = true;
  #storedGoodAtMs: number | undefined;
  #contract: ContractChange = {};
  changedAtMs = 0;
  storedVersionId = '';
  /** Every refresh token that the secret ever held. */
  readonly refreshTokens = new Set<string>();
  /** The credentials in each version that could be parsed. */
  readonly #versions: string[] = [];
  readonly #secrets: SecretStore;
  readonly #sealed: SealedStore | undefined;
  readonly #zoho: SimulatedZoho;
  readonly #client: { readonly clientId: string; readonly clientSecret: string };
  #refreshToken = '';
  #isMalformed = false;
  #wasMalformedUntilMs = Number.NEGATIVE_INFINITY;
  #writes = 0;

  constructor(name: string, location: SimulatedLocation, parts: ConnectionParts) {
    this.name = name;
    this.location = location;
    this.severity = parts.severity ?? 'page';
    this.home = parts.home ?? 'declared';
    this.#secrets = parts.secrets;
    this.#sealed = this.home === 'connected, in DynamoDB' ? parts.sealed : undefined;
    this.#sealed?.add(name);
    this.#zoho = parts.zoho;
    const { sharesClientOf, zoho } = parts;
    this.#client =
      sharesClientOf === undefined ? zoho.clients.register({ dataCenter: location }) : sharesClientOf.#client;
    this.#secrets.create({ name: this.tokenSecret });
  }

  get isAuthorized(): boolean {
    return this.#refreshToken !== '';
  }

  get clientId(): string {
    return this.#client.clientId;
  }

  get credentialsSecret(): string {
    return `zoho/${this.name}/credentials`;
  }

  get tokenSecret(): string {
    return `zoho/${this.name}/access-token`;
  }

  get malformedUntilMs(): number {
    return this.#isMalformed ? Number.POSITIVE_INFINITY : this.#wasMalformedUntilMs;
  }

  /** A version that the product has stored after a rotation counts as one. */
  readonly versionsWith = (credentials: string): number =>
    Math.max(1, this.#versions.filter((version) => version === credentials).length);

  /** A refresh token can end when Zoho has rotated it, and the secret may hold its successor. */
  get goodSinceMs(): number | undefined {
    const text = this.#secrets.currentText(this.credentialsSecret) ?? '';
    const stored = /"refresh_token":"([^"]*)"/.exec(text)?.[1] ?? '';
    return this.isAccepted(stored) ? this.#storedGoodAtMs : undefined;
  }

  /** Whether Zoho accepts a refresh token now. It can have been revoked, or replaced. */
  isAccepted(refreshToken: string): boolean {
    return this.#zoho.state.findGrant(this.location, refreshToken) !== undefined;
  }

  get declaration() {
    return { dataCenter: this.location, scopes: [SCOPE], severity: this.severity };
  }

  /** Stores the credentials of a new consent. The previous refresh token stays valid. */
  authorize(nowMs: number): void {
    this.#refreshToken = this.#zoho.state.grant({
      clientId: this.#client.clientId,
      dataCenter: this.location,
      user: this.name,
      scope: SCOPE,
    }).refreshToken;
    this.#zoho.state.changeContract(this.#contract, this.#refreshToken);
    this.#write(this.#document(), nowMs, 'good');
  }

  /** The user revokes the consent in Zoho's settings. */
  revoke(): void {
    for (const token of this.refreshTokens) this.#zoho.state.revoke(token);
    this.#storedGoodAtMs = undefined;
  }

  /** From now on Zoho answers differently for this connection. */
  changeContract(contract: ContractChange): void {
    this.#contract = contract;
    for (const token of this.refreshTokens) {
      if (this.#zoho.state.findGrant(this.location, token) !== undefined)
        this.#zoho.state.changeContract(contract, token);
    }
  }

  /** How long the tokens live that Zoho issues now. */
  get tokenLifeMs(): number {
    return (this.#contract.accessTokenLifeSeconds ?? 3_600) * 1_000;
  }

  /** Another program mints an access token with the same refresh token. */
  mintElsewhere(): void {
    const grant = this.#zoho.state.findGrant(this.location, this.#refreshToken);
    if (grant !== undefined) this.#zoho.state.mint(grant);
  }

  breakCredentials(how: BadCredentials, nowMs: number): void {
    const good = this.#document();
    const broken = {
      'not JSON': `{"client_id": ${this.#client.clientId}`,
      incomplete: { ...good, refresh_token: undefined },
      'unknown data center': { ...good, data_center: 'mars' },
      'wrong client secret': { ...good, client_secret: 'f'.repeat(42) },
      'an access token as refresh token': { ...good, refresh_token: this.#wrongToken() },
      'another data center': { ...good, data_center: 'jp' },
    }[how];
    const isReadable = how === 'wrong client secret' || how.startsWith('an');
    this.#write(broken, nowMs, isReadable ? 'refused' : 'malformed');
  }

  #wrongToken(): string {
    this.#writes += 1;
    return `1000.${'0'.repeat(31)}${this.#writes % 10}.${this.name}`;
  }

  #document(): Record<string, unknown> {
    const { clientId, clientSecret } = this.#client;
    return {
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: this.#refreshToken,
      data_center: this.location,
    };
  }

  #write(
    document: Record<string, unknown> | string,
    nowMs: number,
    state: 'good' | 'malformed' | 'refused',
  ): void {
    this.#writes += 1;
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    const token = `${this.name}-credentials-${this.#writes}`.padEnd(40, '-');
    const value = secretText(text);
    if (this.#secrets.find(this.credentialsSecret) !== undefined)
      this.#secrets.put(this.credentialsSecret, { token, value });
    else this.#secrets.create({ name: this.credentialsSecret, token, value });
    this.#sealed?.storeCredentials(this.name, text, token);
    if (typeof document !== 'string' && typeof document.refresh_token === 'string') {
      this.refreshTokens.add(document.refresh_token);
      const { data_center, refresh_token, client_secret } = document;
      this.#versions.push(credentialsKey(String(data_center), refresh_token, String(client_secret)));
    }
    if (this.#isMalformed) this.#wasMalformedUntilMs = nowMs;
    this.#isMalformed = state === 'malformed';
    this.#storedGoodAtMs = state === 'good' ? nowMs : undefined;
    this.changedAtMs = nowMs;
    this.storedVersionId = token;
  }
}
