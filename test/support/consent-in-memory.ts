import { type ConsentAnswer, createConsentHandler } from '../../lambdas/consent-api/create-handler.ts';
import type { ConsentPorts } from '../../lambdas/core/invites/consent-ports.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import { LogCollector } from '../../sandbox/deployment/log-collector.ts';
import { SETTINGS } from '../simulation/consent/consent-stories.ts';
import { CLIENT, CONNECTION, ConsentWorld } from '../simulation/consent/consent-world.ts';

/** The handler of ConsentApi on ports in memory: for what does not depend on AWS. */
export class ConsentInMemory {
  readonly world: ConsentWorld;
  readonly log = new LogCollector();
  #ports: ConsentPorts;

  constructor({
    isNew = false,
    ports = {},
  }: { readonly isNew?: boolean; readonly ports?: Partial<ConsentPorts> } = {}) {
    this.world = new ConsentWorld({ isNew });
    this.#ports = { ...this.world.ports, ...ports };
  }

  /** The same with other ports. */
  with(ports: Partial<ConsentPorts>): this {
    this.#ports = { ...this.#ports, ...ports };
    return this;
  }

  async invoke(door: string, event: unknown, remainingTimeMs?: number): Promise<ConsentAnswer> {
    const handler = createConsentHandler({ ports: this.#ports, settings: SETTINGS, logger: this.log });
    const qualifier = door === '' ? '' : `:${door}`;
    const invokedFunctionArn = `arn:aws:lambda:eu-west-1:000000000000:function:consent-api${qualifier}`;
    return await handler(event, { ...lambdaContext(remainingTimeMs), invokedFunctionArn });
  }

  /** Creates an invite through the door of callers. */
  async invite(changes: object = {}): Promise<{ readonly id: string; readonly token: string }> {
    const answer = (await this.invoke('callers', createEvent(changes))) as { id: string; url: string };
    return { id: answer.id, token: answer.url.split('/i/')[1] ?? '' };
  }
}

export function createEvent(changes: object = {}): object {
  const scopes = ['ZohoCRM.modules.ALL'];
  return { action: 'create-invite', connection: CONNECTION, client: CLIENT, scopes, ...changes };
}

/** A request as API Gateway sends it (payload format 2.0). */
export function httpEvent(
  method: string,
  rawPath: string,
  {
    body,
    principal = 'arn:aws:iam::111122223333:user/ann',
    headers = {},
    query,
  }: {
    readonly body?: unknown;
    readonly principal?: string | null;
    readonly headers?: Readonly<Record<string, string>>;
    readonly query?: Readonly<Record<string, string>>;
  } = {},
): object {
  const authorizer = principal === null ? {} : { authorizer: { iam: { userArn: principal } } };
  return {
    version: '2.0',
    rawPath,
    headers,
    requestContext: { http: { method, path: rawPath }, ...authorizer },
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
}
