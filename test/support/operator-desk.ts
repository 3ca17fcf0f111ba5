import { vi } from 'vitest';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import type { LocalConsentOptions } from '../../sandbox/consent/local-consent.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import type { ClientCredentials, ClientRegistration } from '../../sandbox/zoho/zoho-simulator.ts';
import { type CliRun, type CliRunOptions, runZohoTokens } from './run-zoho-tokens.ts';
import { START_MS } from './sandbox.ts';

export const SCOPE = 'ZohoCRM.modules.ALL';

const DECLARED_CONNECTIONS = 40;

/** A sandbox on a manual clock with `zoho-tokens` to operate it. */
export class OperatorDesk {
  readonly server: SandboxServer<ManualClock>;
  #used = 0;
  #awsOrigin: string | undefined;

  private constructor(server: SandboxServer<ManualClock>) {
    this.server = server;
  }

  /**
   * Starts the sandbox and points the AWS SDK of this process to it.
   * @param connections by default, 40 declared connections for `unregistered`
   * @param consent the setting, if there are consent pages
   */
  static async open(
    connections = declaredConnections(),
    knobs: Partial<RefresherConfig> = {},
    consent?: LocalConsentOptions,
  ): Promise<OperatorDesk> {
    const clock = new ManualClock(START_MS);
    const server = await startSandboxServer({ clock, connections, knobs, consent });
    for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
    return new OperatorDesk(server);
  }

  async close(): Promise<void> {
    vi.unstubAllEnvs();
    await this.server.close();
  }

  /** Sends the calls of AWS to another address from now on, which forwards them to the sandbox. */
  sendThrough(origin: string): void {
    this.#awsOrigin = origin;
  }

  get deployment() {
    return this.server.deployment;
  }

  get zoho() {
    return this.server.deployment.zoho;
  }

  get clock() {
    return this.server.deployment.clock;
  }

  get secrets() {
    return this.server.deployment.aws.secretsManager;
  }

  get table() {
    return this.server.deployment.aws.dynamoDb;
  }

  /** The name of a declared connection that the refresher has not registered yet. */
  unregistered(): string {
    if (this.#used === DECLARED_CONNECTIONS) throw new Error('All declared connections are used.');
    this.#used += 1;
    return nameOf(this.#used - 1);
  }

  /** The name of a declared connection without credentials. */
  async pending(): Promise<string> {
    const name = this.unregistered();
    await this.deployment.refresh(name);
    return name;
  }

  /** A declared connection with credentials and a token. */
  async live(): Promise<{ name: string } & ReturnType<SandboxServer['deployment']['authorize']>> {
    const name = this.unregistered();
    const authorization = this.deployment.authorize(name);
    await this.refresh(name);
    return { name, ...authorization };
  }

  /** A connection that is connected at run time, with credentials and a token. */
  async connected(name: string): Promise<{ name: string; clientId: string; clientSecret: string }> {
    const client = this.client();
    const refreshToken = this.zoho.grant({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
    await this.run(['connect', name, '--data-center', 'eu', '--scope', SCOPE]);
    await this.run(['authorize', name, '--import'], { environment: this.with(client), stdin: refreshToken });
    return { name, ...client };
  }

  /** Refreshes a connection as an operator. Fails if there is no new token. */
  async refresh(name: string): Promise<void> {
    const { outcome } = await this.deployment.refresh(name);
    if (outcome !== 'refreshed') throw new Error(`${name} was not refreshed: ${outcome}.`);
  }

  /** The environment of a process that uses the sandbox and gets a client from it. */
  with(client: ClientCredentials): Readonly<Record<string, string>> {
    const { clientId, clientSecret } = client;
    return { ...this.#environment, ZOHO_CLIENT_ID: clientId, ZOHO_CLIENT_SECRET: clientSecret };
  }

  client(registration: Partial<ClientRegistration> = {}): ClientCredentials {
    return this.zoho.registerClient({ dataCenter: 'eu', ...registration });
  }

  /** Runs a command, given as one string or in parts. Waiting advances the clock. */
  run(args: string | readonly string[], options: Partial<CliRunOptions> = {}): Promise<CliRun> {
    return runZohoTokens(typeof args === 'string' ? args.split(' ') : args, {
      clock: this.clock,
      environment: this.#environment,
      wait: async (ms) => {
        this.clock.advance(ms);
        await new Promise((resolve) => setImmediate(resolve));
      },
      ...options,
    });
  }

  get #environment(): Readonly<Record<string, string>> {
    const { AWS_ENDPOINT_URL: sandbox = '', ...environment } = this.server.environment;
    return { ...environment, AWS_ENDPOINT_URL: this.#awsOrigin ?? sandbox };
  }

  /** The text of the credentials secret; undefined while it is empty. */
  credentialsText(name: string): string | undefined {
    return this.secrets.store.currentText(`zoho/${name}/credentials`);
  }

  credentials(name: string): Record<string, string> {
    return JSON.parse(this.credentialsText(name) ?? '{}') as Record<string, string>;
  }

  writeCredentials(name: string, text: string): void {
    this.deployment.putCredentials(name, text);
  }

  row(name: string) {
    return this.deployment.readConnection(name);
  }

  /** Whether Zoho gives tokens for these credentials. Costs one of them. */
  async stands(credentials: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly refreshToken: string;
  }): Promise<boolean> {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      refresh_token: credentials.refreshToken,
    });
    const answer = await fetch(`${this.zoho.origins.eu}/oauth/v2/token`, { method: 'POST', body });
    return 'access_token' in ((await answer.json()) as object);
  }

  /** What Zoho was asked for after so many calls, as `grant@data center`. */
  zohoCallsAfter(count: number): string[] {
    return this.zoho.tokenCalls.slice(count).map(({ grantType, dataCenter }) => `${grantType}@${dataCenter}`);
  }
}

function declaredConnections(): Parameters<typeof startSandboxServer>[0]['connections'] {
  const names = Array.from({ length: DECLARED_CONNECTIONS }, (_, index) => nameOf(index));
  return Object.fromEntries(names.map((name) => [name, { dataCenter: 'eu', scopes: [SCOPE] } as const]));
}

function nameOf(index: number): string {
  return `crm-${String(index + 1).padStart(2, '0')}`;
}
