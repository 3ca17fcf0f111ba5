import type { Answer } from './answers.ts';
import type { ClientRegistry } from './client-registry.ts';
import { consentPage, refusedPage } from './consent-pages.ts';
import { type ConsentRequest, readConsentRequest } from './consent-request.ts';
import { DATA_CENTERS, LOCATIONS, type Location } from './data-centers.ts';
import type { ReceivedRequest } from './listener.ts';
import type { Parameters, TokenService } from './token-service.ts';
import type { ZohoUsers } from './zoho-users.ts';

interface ConsentParts {
  readonly clients: ClientRegistry;
  readonly service: TokenService;
  readonly users: ZohoUsers;
}

/**
 * `/oauth/v2/auth`: GET shows the page, its form posts the decision to the same URL. An invalid request
 * is shown to the user and redirects nowhere. Every other answer redirects to the client.
 */
export function answerConsent(
  location: Location,
  { method, parameters }: ReceivedRequest,
  { clients, service, users }: ConsentParts,
): Answer {
  const read = readConsentRequest(location, parameters, clients);
  if (read.kind === 'refused') return refusedPage(location, read.reason);
  const { request } = read;
  const homes = homesOf(location, request, clients);
  if (method === 'GET') return consentPage(location, request, homes);

  const decision = parameters.get('decision');
  switch (decision) {
    case 'accept':
      return accept(chosenHome(parameters, homes), request, { service, users });
    case 'reject':
      return redirect(request, { error: 'access_denied' });
    default:
      return refusedPage(location, `decision must be "accept" or "reject", was "${decision ?? ''}".`);
  }
}

type Homes = readonly [Location, ...Location[]];

/** Where the account may live, the place of the consent page first: wherever the client is known, if the registration does not say. */
function homesOf(location: Location, { client }: ConsentRequest, clients: ClientRegistry): Homes {
  if (client.accountLocation !== undefined) return [client.accountLocation];
  const others = LOCATIONS.filter(
    (each) => each !== location && clients.find(each, client.clientId) !== undefined,
  );
  return [location, ...others];
}

function chosenHome(parameters: Parameters, homes: Homes): Location {
  return homes.find((each) => each === parameters.get('account')) ?? homes[0];
}

function accept(
  home: Location,
  request: ConsentRequest,
  { service, users }: Omit<ConsentParts, 'clients'>,
): Answer {
  const { user, hasNoOrganization = false, picksSandbox = false } = users.signedIn;
  if (hasNoOrganization) return redirect(request, { error: 'no_org' });
  if (!service.admitsCode(request.client.clientId)) return redirect(request, { error: 'access_denied' });
  const { client, scopes, redirectUri, accessType, prompt } = request;
  const code = service.issueCode({
    clientId: client.clientId,
    dataCenter: home,
    scope: scopes.join(','),
    redirectUri,
    accessType,
    user,
    isSandbox: picksSandbox,
    ...(prompt === undefined ? {} : { prompt }),
  });
  return redirect(request, {
    code,
    location: home,
    'accounts-server': `https://${DATA_CENTERS[home].accounts}`,
  });
}

/** Back to the client, whose URI may have parameters of its own. */
function redirect(
  { redirectUri, state }: ConsentRequest,
  parameters: Readonly<Record<string, string>>,
): Answer {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  if (state !== undefined) url.searchParams.set('state', state);
  return {
    status: 302,
    contentType: 'text/plain;charset=UTF-8',
    headers: { location: url.href, 'cache-control': 'no-store' },
    body: '',
  };
}
