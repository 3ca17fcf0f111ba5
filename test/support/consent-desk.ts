import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { nodeEntropy } from '../../lambdas/consent-api/adapters/node-entropy.ts';
import { createConsentAwsClients } from '../../lambdas/consent-api/aws-clients.ts';
import { type ConsentWorld, composeConsentApi } from '../../lambdas/consent-api/compose-consent-api.ts';
import { parseConsentConfig } from '../../lambdas/consent-api/config.ts';
import type { ConsentHandler } from '../../lambdas/consent-api/create-handler.ts';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import type {
  ConsentErrorAnswer,
  CreatedInvite,
  InviteView,
  PageAnswer,
  SweepAnswer,
} from '../../lambdas/core/invites/consent-answers.ts';
import type { ConsentDoor } from '../../lambdas/core/invites/consent-door.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { KEY_ARN } from '../../sandbox/aws/embedded-aws.ts';
import type { KmsStandIn } from '../../sandbox/aws/kms.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { fetchThrough } from '../../sandbox/deployment/zoho-router.ts';
import type { Location } from '../../sandbox/zoho/zoho-simulator.ts';
import { NOW_MS } from './builders.ts';
import { apiRoutes, BASE_URL, browserOf, environmentOf, REFRESHER } from './consent-environment.ts';

const SCOPES = ['ZohoCRM.modules.ALL'];

type Answer = Partial<InviteView> & Partial<Pick<CreatedInvite, 'url'>> & Partial<ConsentErrorAnswer>;
type Page = PageAnswer & { readonly url?: string };

/** ConsentApi over HTTP to the sandbox: the real SDK, a refresher behind Lambda's API, Zoho's accounts servers, and visitors. */
export class ConsentDesk {
  readonly deployment: LocalDeployment;
  readonly kms: KmsStandIn;
  readonly lambda: LambdaEndpoint;
  readonly world: ConsentWorld;
  readonly metricLines: string[] = [];
  readonly #handler: ConsentHandler;
  readonly #dynamoDb: DynamoDBClient;

  private constructor(
    deployment: LocalDeployment,
    kms: KmsStandIn,
    lambda: LambdaEndpoint,
    environment: Readonly<Record<string, string>>,
  ) {
    this.deployment = deployment;
    this.kms = kms;
    this.lambda = lambda;
    const { aws } = deployment;
    const patient = <Config>(config: Config) => ({ ...config, requestHandler: { requestTimeout: 0 } });
    const clients = createConsentAwsClients({
      dynamoDb: patient(aws.functionConfig('dynamodb')),
      secretsManager: patient(aws.functionConfig('secretsmanager')),
      eventBridge: patient(aws.functionConfig('events')),
      kms: patient(clientConfigFor(kms.endpoint)),
      lambda: patient(clientConfigFor(lambda.endpoint)),
    });
    this.#dynamoDb = clients.dynamoDb;
    this.world = {
      config: parseConsentConfig(environment),
      clock: deployment.clock,
      entropy: nodeEntropy,
      aws: clients,
      fetch: fetchThrough({ ...deployment.routes, ...apiRoutes(deployment) }),
      logger: deployment.log,
      writeMetricLine: (line) => this.metricLines.push(line),
    };
    this.#handler = composeConsentApi(this.world);
  }

  static async start(
    changes: Readonly<Record<string, string>> = {},
    connections: Readonly<Record<string, Location>> = { 'crm-prod': 'eu' },
    knobs: Partial<RefresherConfig> = {},
  ): Promise<ConsentDesk> {
    const declared = Object.fromEntries(
      Object.entries(connections).map(([name, dataCenter]) => [name, { dataCenter, scopes: SCOPES }]),
    );
    const deployment = await LocalDeployment.start({ startMs: NOW_MS, connections: declared, knobs });
    const { kms } = deployment.aws;
    const lambda = await startLambdaEndpoint({
      functions: { [REFRESHER]: (event, arn) => deployment.invoke(event, arn) },
      aliases: { [REFRESHER]: ['operators'] },
    });
    const desk = new ConsentDesk(deployment, kms, lambda, { ...environmentOf(deployment), ...changes });
    for (const name of Object.keys(connections)) await desk.register(name, 'declared');
    return desk;
  }

  async close(): Promise<void> {
    for (const client of Object.values(this.world.aws)) client.destroy();
    await this.lambda.close();
    await this.deployment.close();
  }

  /** Another environment of the function, or another deployment of it. */
  compose(changes: Partial<ConsentWorld>): ConsentHandler {
    return composeConsentApi({ ...this.world, ...changes });
  }

  async invoke(door: ConsentDoor | '', event: unknown, handler = this.#handler): Promise<unknown> {
    const arn = `arn:aws:lambda:eu-west-1:000000000000:function:consent-api${door === '' ? '' : `:${door}`}`;
    return await handler(event, { ...lambdaContext(), invokedFunctionArn: arn });
  }

  async call(event: object): Promise<Answer> {
    return (await this.invoke('callers', event)) as Answer;
  }

  async page(event: object): Promise<Page> {
    return (await this.invoke('pages', event)) as Page;
  }

  async sweep(): Promise<SweepAnswer> {
    return (await this.invoke('schedule', { action: 'sweep' })) as SweepAnswer;
  }

  /** Adds a row, as the refresher or `zoho-tokens connect` does. */
  async register(name: string, source: 'declared' | 'connected' = 'connected'): Promise<void> {
    const table = createConnectionTable(this.#dynamoDb, this.deployment.aws.tableName);
    const signal = AbortSignal.timeout(5_000);
    await table.create(registerConnection(name, source, this.deployment.clock.now()), signal);
    const { store } = this.deployment.aws.secretsManager;
    if (store.find(`zoho/${name}/access-token`) === undefined)
      store.create({
        name: `zoho/${name}/access-token`,
        kmsKeyId: KEY_ARN,
        tags: new Map([
          ['application', 'zoho-token-refresher'],
          ['zoho-token-refresher:deployment', 'zoho'],
        ]),
      });
  }

  /** A shared client, registered at Zoho and stored. Returns its id. */
  addClient(name = 'acme', dataCenter: Location = 'eu', changes: object = {}): string {
    const { zoho } = this.deployment;
    const { clientId, clientSecret } = zoho.registerClient({
      dataCenter,
      redirectUris: [`${BASE_URL}/callback`],
      ...changes,
    });
    this.deployment.putClient(name, {
      client_id: clientId,
      client_secret: clientSecret,
      data_center: dataCenter,
    });
    return clientId;
  }

  async invite(changes: object = {}): Promise<{ readonly id: string; readonly token: string }> {
    const event = {
      action: 'create-invite',
      connection: 'crm-prod',
      client: 'acme',
      scopes: SCOPES,
      ...changes,
    };
    const { id = '', url = '', error } = await this.call(event);
    if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
    return { id, token: url.split('/i/')[1] ?? '' };
  }

  async status(id: string): Promise<InviteView> {
    return (await this.call({ action: 'get-invite', id })) as InviteView;
  }

  /** The visitor clicks: the address of Zoho's consent page. */
  async begin(token: string, browser = browserOf('one')): Promise<string> {
    const answer = await this.page({ action: 'begin', token, browser });
    if (answer.kind !== 'redirect') throw new Error(`begin answered ${answer.kind}`);
    return answer.url;
  }

  /** The visitor decides at Zoho, over HTTP. Returns the query of the redirect. */
  async decide(consentUrl: string, decision: 'accept' | 'reject' = 'accept'): Promise<string> {
    const fetch = fetchThrough(this.deployment.routes);
    const response = await fetch(consentUrl, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ decision }),
    });
    const location = response.headers.get('location');
    if (location === null) throw new Error(`Zoho answered ${response.status}: ${await response.text()}`);
    return new URL(location).search.slice(1);
  }

  async callback(query: string, browser: string | 'none' = browserOf('one')): Promise<Page> {
    return await this.page({ action: 'callback', query, ...(browser === 'none' ? {} : { browser }) });
  }

  /** The whole way of a visitor, who decides after half a minute. */
  async consent(
    token: string,
    { browser = browserOf('one'), decision = 'accept' as 'accept' | 'reject' } = {},
  ) {
    const query = await this.arrive(token, { browser, decision });
    return await this.callback(query, browser);
  }

  /** The same until the redirect. */
  async arrive(
    token: string,
    { browser = browserOf('one'), decision = 'accept' as 'accept' | 'reject' } = {},
  ): Promise<string> {
    const url = await this.begin(token, browser);
    this.deployment.clock.advance(5_000);
    return await this.decide(url, decision);
  }

  credentials(connection = 'crm-prod'): Record<string, unknown> | undefined {
    const text = this.deployment.aws.secretsManager.store.currentText(`zoho/${connection}/credentials`);
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
  }

  /** Everything in the table of consents, as it is stored. */
  async rows(): Promise<readonly Record<string, unknown>[]> {
    const { Items = [] } = await this.#dynamoDb.send(
      new ScanCommand({ TableName: this.deployment.aws.dynamoDb.consentsTableName }),
    );
    return Items.map((item) => unmarshall(item));
  }

  /** Whether Zoho mints with a refresh token, asked over HTTP as the refresher does. */
  async refreshTokenWorks(
    connection: string,
    refreshToken: string,
    dataCenter: Location = 'eu',
  ): Promise<boolean> {
    const { store } = this.deployment.aws.secretsManager;
    const name = String(this.credentials(connection)?.client);
    const client = JSON.parse(store.currentText(`zoho/${name}/client`) ?? '{}');
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      ...{ client_id: client.client_id, client_secret: client.client_secret, refresh_token: refreshToken },
    });
    const url = `${this.deployment.zoho.origins[dataCenter]}/oauth/v2/token`;
    const answer = (await (await fetch(url, { method: 'POST', body })).json()) as { access_token?: string };
    return answer.access_token !== undefined;
  }

  /** The exchanges of codes that Zoho has answered with tokens. */
  get exchanges(): number {
    return this.deployment.zoho.tokenCalls.filter(
      ({ grantType, outcome }) => grantType === 'authorization_code' && outcome === 'minted',
    ).length;
  }
}
