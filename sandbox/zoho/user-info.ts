import { type Answer, jsonAnswer } from './answers.ts';
import type { Location } from './data-centers.ts';
import type { OAuthState } from './oauth-state.ts';
import type { ZohoUsers } from './zoho-users.ts';

const PROFILE_SCOPE = 'AaaServer.profile.READ';

/** `GET /oauth/user/info`: who consented. Without the scope the status is 200, and only the body says so. */
export function answerUserInfo(
  location: Location,
  authorization: string | undefined,
  { state, users }: { readonly state: OAuthState; readonly users: ZohoUsers },
): Answer {
  const grant = grantOf(location, authorization, state);
  if (grant === undefined) return jsonAnswer(401, { status_code: 401 });
  const user = users.find(grant.user);
  if (user === undefined || !grant.scope.split(',').includes(PROFILE_SCOPE))
    return jsonAnswer(200, { status_code: 405 });
  const { zuid, email } = user;
  return jsonAnswer(200, {
    First_Name: 'Sam',
    Last_Name: 'Owner',
    Display_Name: 'Sam',
    Email: email,
    ZUID: zuid,
  });
}

/** The grant of the access token in a header, if it is valid here. */
export function grantOf(location: Location, authorization: string | undefined, state: OAuthState) {
  const [scheme, accessToken = ''] = (authorization ?? '').split(' ');
  if (scheme !== 'Zoho-oauthtoken' || !state.isValid(accessToken, location)) return undefined;
  const refreshToken = state.owningRefreshToken(location, accessToken);
  return refreshToken === undefined ? undefined : state.findGrant(location, refreshToken);
}
