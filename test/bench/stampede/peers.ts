import { AuthorizationCode } from 'simple-oauth2';
import type { Authorized, Caller } from './caller.ts';

/** What consumers write without this project: each process has the refresh token, and a token in memory. */

/** A variable with the token, as most code of this kind has it. */
export function plainCache(authorized: Authorized): Caller {
  let { accessToken } = authorized;
  return callingWith(authorized, {
    current: () => accessToken,
    renew: async () => {
      accessToken = await requestToken(authorized);
      return accessToken;
    },
  });
}

/** The same with a promise in the variable, so that callers of one process share a request. */
export function cachedPromise(authorized: Authorized): Caller {
  let token = Promise.resolve(authorized.accessToken);
  let rejected: string | undefined;
  return callingWith(authorized, {
    current: () => token,
    renew: (accessToken) => {
      if (rejected !== accessToken) {
        rejected = accessToken;
        token = requestToken(authorized);
      }
      return token;
    },
  });
}

/**
 * As its README says, with one correction: Zoho's answer to a refresh has no refresh token, and the new token of the library would have
 * none either.
 */
export function simpleOAuth2(authorized: Authorized): Caller {
  const { clientId, clientSecret, refreshToken, accountsUrl } = authorized;
  const client = new AuthorizationCode({
    client: { id: clientId, secret: clientSecret },
    auth: { tokenHost: accountsUrl, tokenPath: '/oauth/v2/token' },
    options: { authorizationMethod: 'body' },
  });
  const toToken = (fields: object) =>
    client.createToken({ ...fields, refresh_token: refreshToken, token_type: 'Bearer' });
  let token = toToken({ access_token: authorized.accessToken, expires_in: 3600 });
  return callingWith(authorized, {
    current: () => token.token.access_token,
    renew: async () => {
      token = toToken((await token.refresh()).token);
      return token.token.access_token;
    },
  });
}

interface Cache {
  readonly current: () => string | Promise<string>;
  /** Returns a newer token than the rejected one. */
  readonly renew: (rejected: string) => Promise<string>;
}

function callingWith({ apiUrl }: Authorized, { current, renew }: Cache): Caller {
  const callApi = async (accessToken: string) => {
    const headers = { authorization: `Zoho-oauthtoken ${accessToken}` };
    const response = await fetch(`${apiUrl}/crm/v8/Leads`, { headers });
    await response.arrayBuffer();
    return response.status;
  };
  return async () => {
    const accessToken = await current();
    const status = await callApi(accessToken);
    return status === 401 ? await callApi(await renew(accessToken)) : status;
  };
}

async function requestToken(authorized: Authorized): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: authorized.clientId,
    client_secret: authorized.clientSecret,
    refresh_token: authorized.refreshToken,
  });
  const response = await fetch(`${authorized.accountsUrl}/oauth/v2/token`, { method: 'POST', body });
  const { access_token } = (await response.json()) as { access_token?: string };
  if (access_token === undefined) throw new Error('Zoho issued no token.');
  return access_token;
}
