import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { hasName } from '../../adapters/aws-error-kinds.ts';
import { describeGiven } from '../../core/describe-given.ts';
import type { ConsentErrorCode } from '../../core/invites/consent-answers.ts';
import { isJsonObject, parseJsonObject } from '../../core/json.ts';
import { type AwsClient, limits } from '../aws-client.ts';
import { explainAwsError } from '../explain-aws-error.ts';
import { fromWire, toWire } from './wire-names.ts';
import type { CreatedZohoInvite, ZohoInvite, ZohoInviteOptions } from './zoho-invite.ts';
import { ZohoInvitesError } from './zoho-invites-error.ts';

/** Options of {@link createZohoInvites}. */
export interface ZohoInvitesOptions {
  /**
   * Name or ARN of the alias `callers` of ConsentApi: the SSM parameter `consent-target`.
   *
   * @default the environment's ZOHO_CONSENT_TARGET, which `zoho.grantInvite(fn)` sets
   */
  readonly target?: string | undefined;
  /**
   * A `LambdaClient` of the AWS SDK.
   *
   * @default a client with timeouts, loaded on first use
   */
  readonly lambdaClient?: AwsClient | undefined;
}

/** Creates and completes invites. Every method throws {@link ZohoInvitesError}. */
export interface ZohoInvites {
  create(options: ZohoInviteOptions): Promise<CreatedZohoInvite>;
  get(id: string): Promise<ZohoInvite>;
  /** Newest first. `next` is that of the page before. */
  list(options?: {
    readonly connection?: string | undefined;
    readonly next?: string | undefined;
  }): Promise<{ readonly invites: readonly ZohoInvite[]; readonly next?: string }>;
  /** For a platform: the `session` of the return URL, and the user who is signed in now. Without both: an operator confirms. */
  complete(id: string, session?: { readonly subject: string; readonly session: string }): Promise<ZohoInvite>;
  /** Revokes at Zoho what is held. */
  reject(id: string): Promise<ZohoInvite>;
  cancel(id: string): Promise<ZohoInvite>;
}

/** ConsentApi ends after 25 s. */
const DEADLINE_MS = 28_000;

/**
 * Invites people to authorize connections. The process needs `zoho.grantInvite(fn)`: nothing of a connection's secrets.
 *
 * @example
 * const invites = createZohoInvites();
 * const { id, url } = await invites.create({
 *   connection: `crm-${tenant.id}`, create: true, client: 'acme-app', scopes: ['ZohoCRM.modules.leads.READ'],
 *   mode: 'platform', subject: user.id, returnUrl: 'https://app.example.com/zoho/done',
 * });
 */
export function createZohoInvites(given: ZohoInvitesOptions = {}): ZohoInvites {
  const target = given.target ?? process.env.ZOHO_CONSENT_TARGET;
  if (typeof target !== 'string' || target === '')
    throw new ZohoInvitesError(
      'invalid_request',
      `target must be the alias "callers" of ConsentApi, is ${describeGiven(target)}.`,
      'Use zoho.grantInvite(fn), which sets ZOHO_CONSENT_TARGET, or pass the value of the SSM parameter consent-target.',
    );
  let lambda = given.lambdaClient;

  async function ask(action: string, parameters: object = {}): Promise<Record<string, unknown>> {
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    lambda ??= new LambdaClient(limits(DEADLINE_MS));
    const Payload = JSON.stringify({ action, ...toWire(parameters) });
    const abortSignal = AbortSignal.timeout(DEADLINE_MS);
    let output: InvokeCommandOutput;
    try {
      const command = new InvokeCommand({ FunctionName: target, Payload });
      output = (await lambda.send(command, { abortSignal })) as InvokeCommandOutput;
    } catch (cause) {
      const code = hasName(cause, 'AccessDeniedException') ? 'not_allowed' : 'unavailable';
      const problem = explainAwsError(cause, 'lambda:InvokeFunction', String(target));
      throw new ZohoInvitesError(code, problem, 'Nothing is lost: repeat the request.', { cause });
    }
    const answer = parseJsonObject(new TextDecoder().decode(output.Payload));
    if (output.FunctionError !== undefined || answer === undefined)
      throw new ZohoInvitesError('unavailable', `${target} failed.`, 'Read its log, and repeat the request.');
    if (isJsonObject(answer.error)) throw toError(answer.error);
    return fromWire(answer);
  }

  return {
    create: async (options) => (await ask('create-invite', options)) as unknown as CreatedZohoInvite,
    get: async (id) => (await ask('get-invite', { id })) as unknown as ZohoInvite,
    list: async (options) =>
      (await ask('list-invites', options)) as unknown as { invites: ZohoInvite[]; next?: string },
    complete: async (id, session) =>
      (await ask('complete-invite', { ...session, id })) as unknown as ZohoInvite,
    reject: async (id) => (await ask('reject-invite', { id })) as unknown as ZohoInvite,
    cancel: async (id) => (await ask('cancel-invite', { id })) as unknown as ZohoInvite,
  };
}

function toError({ code, message, next_step: nextStep }: Record<string, unknown>): ZohoInvitesError {
  return new ZohoInvitesError(code as ConsentErrorCode, String(message), String(nextStep ?? ''));
}
