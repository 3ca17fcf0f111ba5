import { randomBytes } from 'node:crypto';
import { vi } from 'vitest';
import { addressParameterName } from '../../lambdas/core/deployment-address.ts';
import {
  type ConsentErrorCode,
  type CreateInviteRequest,
  InvalidConsentRequestError,
  type InviteView,
  parseCallersRequest,
} from '../../lambdas/core/invites/consent-requests.ts';
import { REFRESHER_DOORS } from '../../lambdas/core/refresh/refresher-door.ts';
import { toEnvironment } from '../../lambdas/refresher/config.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { REFRESHER_FUNCTION_NAME } from '../../sandbox/serve/stack.ts';
import { type OperatorDesk, SCOPE } from './operator-desk.ts';

const FUNCTION_NAME = 'ZohoTokenRefresher-ConsentApi';
const TARGET = `arn:aws:lambda:eu-west-1:000000000000:function:${FUNCTION_NAME}:callers`;

/** What the stand-in keeps of an invite. */
type Row = { -readonly [Key in keyof InviteView]: InviteView[Key] } & { key?: string | undefined };

/** Answers as ConsentApi does for callers, without Zoho's pages: `consent` plays the user. */
export class ConsentStandIn {
  readonly rows: Row[] = [];
  readonly requests: Record<string, unknown>[] = [];
  readonly urls: string[] = [];
  /** Answers every request instead, once. */
  next: (() => unknown) | undefined;
  readonly #desk: OperatorDesk;
  readonly #endpoint: LambdaEndpoint;

  private constructor(desk: OperatorDesk, endpoint: LambdaEndpoint) {
    this.#desk = desk;
    this.#endpoint = endpoint;
  }

  static async start(desk: OperatorDesk): Promise<ConsentStandIn> {
    let standIn: ConsentStandIn | undefined;
    const endpoint = await startLambdaEndpoint({
      clock: desk.clock,
      functions: {
        [REFRESHER_FUNCTION_NAME]: (event, arn) => desk.deployment.invoke(event, arn),
        [FUNCTION_NAME]: (event) => standIn?.answer(event),
      },
      aliases: { [REFRESHER_FUNCTION_NAME]: REFRESHER_DOORS, [FUNCTION_NAME]: ['callers'] },
    });
    const { config } = desk.deployment;
    endpoint.configure(REFRESHER_FUNCTION_NAME, {
      timeoutSeconds: config.functionTimeoutSeconds,
      environment: toEnvironment(config),
    });
    standIn = new ConsentStandIn(desk, endpoint);
    vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', endpoint.endpoint);
    standIn.deploy();
    return standIn;
  }

  /** The environment of the command line: the sandbox, but with this endpoint for Lambda. */
  get environment() {
    const { ZOHO_SANDBOX_URL: _, ...environment } = this.#desk.server.environment;
    return environment;
  }

  deploy(target = TARGET): void {
    const { ssm } = this.#desk.server.aws;
    ssm.put(addressParameterName('zoho', 'consent-target'), target);
    ssm.put(addressParameterName('zoho', 'consent-url'), 'https://connect.example.com');
    ssm.put(addressParameterName('zoho', 'consents-table'), 'Consents');
  }

  async close(): Promise<void> {
    await this.#endpoint.close();
  }

  row(connection: string): Row {
    const row = this.rows.findLast((each) => each.connection === connection);
    if (row === undefined) throw new Error(`There is no invite of ${connection}.`);
    return row;
  }

  consent(connection: string, changes: Partial<Row> = {}): Row {
    return Object.assign(this.row(connection), {
      status: 'awaiting',
      data_center: 'eu',
      consented_by: {
        zuid: '700001',
        email: 'bob@other.example',
        org_id: '20012345',
        org_name: 'Other GmbH',
      },
      consented_at: this.#now(),
      ...changes,
    } satisfies Partial<Row>);
  }

  answer(event: unknown): unknown {
    this.requests.push(event as Record<string, unknown>);
    const instead = this.next;
    this.next = undefined;
    if (instead !== undefined) return instead();
    try {
      const request = parseCallersRequest(event);
      switch (request.action) {
        case 'create-invite':
          return this.#create(request);
        case 'list-invites':
          return this.#list(request.connection, request.next);
        default:
          return this.#decide(request.action, request.id);
      }
    } catch (error) {
      if (error instanceof InvalidConsentRequestError) return refused('invalid_request', error.message);
      throw error;
    }
  }

  #create(request: CreateInviteRequest): unknown {
    const { connection, client, mode = 'direct', idempotency_key: key, principal, label } = request;
    if (this.#desk.secrets.store.find(`zoho/${client}/client`) === undefined)
      return refused('unknown_client', `There is no client ${client}.`);
    const id = key === undefined ? undefined : this.rows.find((row) => row.key === key)?.id;
    const row: Row = {
      ...{ id: id ?? randomBytes(16).toString('base64url'), status: 'open', connection, client, mode },
      created_at: this.#now(),
      expires_at: this.#now(request.expires_in_seconds ?? 72 * 3600),
      ...(principal === undefined ? {} : { created_by: principal }),
      ...(label === undefined ? {} : { label }),
      key,
    };
    if (id === undefined) this.rows.push(row);
    const url = `https://connect.example.com/i/${row.id}.${randomBytes(32).toString('base64url')}`;
    this.urls.push(url);
    return { id: row.id, url, expires_at: row.expires_at, status: 'open', connection, client, mode };
  }

  /** Two a page. */
  #list(connection: string | undefined, next = '0'): unknown {
    const all = this.rows.filter((row) => connection === undefined || row.connection === connection);
    const end = Number(next) + 2;
    return {
      invites: all.slice(Number(next), end).map(viewOf),
      ...(end < all.length ? { next: `${end}` } : {}),
    };
  }

  #decide(action: 'get-invite' | 'complete-invite' | 'reject-invite' | 'cancel-invite', id: string): unknown {
    const row = this.rows.find((each) => each.id === id);
    if (row === undefined) return refused('unknown_invite', `There is no invite ${id}.`);
    if (action === 'get-invite') return viewOf(row);
    const isAwaiting = row.status === 'awaiting';
    if (action !== 'cancel-invite' && !isAwaiting)
      return refused('not_awaiting', 'The invite does not wait.');
    if (action === 'cancel-invite' && isAwaiting) return refused('not_open', 'The invite is not open.');
    if (action === 'cancel-invite') return viewOf(Object.assign(row, { status: 'cancelled' }));
    if (action === 'reject-invite')
      return viewOf(Object.assign(row, { status: 'failed', reason: 'rejected', message: 'It was revoked.' }));
    this.#store(row);
    return viewOf(Object.assign(row, { status: 'authorized', old_refresh_token: 'none', token_live: false }));
  }

  #store({ connection, client }: Row): void {
    const stored = JSON.parse(this.#desk.secrets.store.currentText(`zoho/${client}/client`) ?? '{}') as {
      client_id: string;
    };
    const refreshToken = this.#desk.zoho.grant({
      clientId: stored.client_id,
      dataCenter: 'eu',
      scope: SCOPE,
    });
    this.#desk.writeCredentials(
      connection,
      JSON.stringify({ client, refresh_token: refreshToken, data_center: 'eu', scope: SCOPE }),
    );
  }

  #now(inSeconds = 0): string {
    return new Date(this.#desk.clock.now() + inSeconds * 1000).toISOString();
  }
}

function viewOf({ key: _, ...view }: Row): InviteView {
  return view;
}

function refused(code: ConsentErrorCode, message: string): unknown {
  return { error: { code, message, next_step: 'Say what to do.' } };
}
