import { LambdaClient } from '@aws-sdk/client-lambda';
import { createZohoInvites, type ZohoInvites } from '../../lambdas/client/index.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { SAMPLE_BRAND } from './consent-page-samples.ts';
import { START_MS } from './sandbox.ts';

const SCOPES = ['ZohoCRM.modules.ALL'];

/** The sandbox with its pages for invites, and a backend that invites administrators to connections that do not exist yet. */
export class InvitesSite {
  readonly server: SandboxServer<ManualClock>;
  readonly invites: ZohoInvites;
  readonly #lambda: LambdaClient;

  private constructor(server: SandboxServer<ManualClock>) {
    this.server = server;
    this.#lambda = new LambdaClient(clientConfigFor(server.aws.lambda.endpoint));
    const target = server.environment.ZOHO_CONSENT_TARGET;
    this.invites = createZohoInvites({ target, lambdaClient: this.#lambda });
  }

  static async start(): Promise<InvitesSite> {
    const clock = new ManualClock(START_MS);
    const consent = { displayName: SAMPLE_BRAND.displayName };
    return new InvitesSite(await startSandboxServer({ clock, connections: {}, consent }));
  }

  async close(): Promise<void> {
    this.#lambda.destroy();
    await this.server.close();
  }

  /** Registers a client at Zoho for the pages, and stores it. Returns its name. */
  addClient(name: string): string {
    const { deployment, consent } = this.server;
    const dataCenter = 'eu';
    const redirectUris = [consent?.redirectUri ?? ''];
    const { clientId, clientSecret } = deployment.zoho.registerClient({ dataCenter, redirectUris });
    deployment.putClient(name, { client_id: clientId, client_secret: clientSecret, data_center: dataCenter });
    return name;
  }

  async invite(options: { readonly connection: string; readonly client: string; readonly label: string }) {
    const invite = { scopes: SCOPES, create: true, dataCenter: 'eu', identify: true, ...options } as const;
    return await this.invites.create(invite);
  }

  credentials(connection: string): unknown {
    const text = this.server.deployment.aws.secretsManager.store.currentText(
      `zoho/${connection}/credentials`,
    );
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** The exchanges of codes that Zoho has answered with tokens. */
  get exchanges(): number {
    return this.server.deployment.zoho.tokenCalls.filter(
      ({ grantType, outcome }) => grantType === 'authorization_code' && outcome === 'minted',
    ).length;
  }
}
