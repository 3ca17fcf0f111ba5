import { htmlAnswer, jsonAnswer, serverInfoAnswer } from './answers.ts';
import type { ClientRegistry } from './client-registry.ts';
import { answerConsent } from './consent-endpoint.ts';
import type { Location } from './data-centers.ts';
import { type Delivery, deliver } from './delivery.ts';
import type { ReceivedRequest } from './listener.ts';
import type { OAuthState } from './oauth-state.ts';
import type { ProductApi } from './product-api.ts';
import type { TokenEndpoint } from './token-endpoint.ts';
import type { TokenService } from './token-service.ts';
import { answerUserInfo } from './user-info.ts';
import type { ZohoUsers } from './zoho-users.ts';

const SECRET_PARAMETERS = ['client_secret', 'refresh_token', 'code', 'token'];

/** What the listeners of all data centers share. */
interface ZohoServices {
  readonly clients: ClientRegistry;
  readonly state: OAuthState;
  readonly service: TokenService;
  readonly tokenEndpoint: TokenEndpoint;
  readonly productApi: ProductApi;
  readonly users: ZohoUsers;
}

/** Answers a request to the accounts server or the product API of one data center. */
export async function route(
  location: Location,
  request: ReceivedRequest,
  zoho: ZohoServices,
): Promise<Delivery> {
  const { method, path, parameters } = request;

  if (path === '/oauth/v2/auth') {
    if (method !== 'GET' && method !== 'POST') return deliver(htmlAnswer(405, 'Method Not Allowed'));
    return deliver(answerConsent(location, request, zoho));
  }
  if (path === '/oauth/v2/token') {
    if (method !== 'POST') return deliver(htmlAnswer(405, 'Method Not Allowed'));
    const hasSecretsInUrl = SECRET_PARAMETERS.some((name) => request.query.has(name));
    return await zoho.tokenEndpoint.handle(location, parameters, hasSecretsInUrl);
  }
  if (path === '/oauth/v2/token/revoke') {
    if (method !== 'POST') return deliver(htmlAnswer(405, 'Method Not Allowed'));
    return deliver(revoke(location, parameters.get('token') ?? '', zoho.service));
  }
  if (path === '/oauth/user/info' && method === 'GET')
    return deliver(answerUserInfo(location, request.authorization, zoho));
  if (path === '/oauth/serverinfo' && location === 'us' && method === 'GET')
    return deliver(serverInfoAnswer());
  return zoho.productApi.handle({ location, host: request.host, path, authorization: request.authorization });
}

/** HTTP 400 for an unknown token is known; the JSON of its body is a guess. */
function revoke(location: Location, token: string, service: TokenService) {
  return service.revoke(location, token) === 'revoked'
    ? jsonAnswer(200, { status: 'success' })
    : jsonAnswer(400, { error: 'invalid_token', status: 'failure' });
}
