import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { ZohoInvitesError } from 'zoho-token-refresher/client';
import { dashboardPage, problemPage, signInPage } from './pages.ts';
import { signedInUser, signIn, signOut } from './sessions.ts';
import { beginConsent, completeConsent, readConnection } from './zoho.ts';

/** The web application. `origin`: its public address; below it are the return URLs that the setting `consent` allows. */
export function createApp(origin: string): Server {
  return createServer((request, response) => {
    answer(request, response, origin).catch((error: unknown) => {
      if (!(error instanceof ZohoInvitesError)) console.error(error);
      const code = error instanceof ZohoInvitesError ? error.code : 'internal_error';
      send(response, 502, problemPage(PROBLEMS[code] ?? 'Something went wrong. Please try again.', code));
    });
  });
}

/** What a user can do about the errors of invites. The others are the platform's own. */
const PROBLEMS: Readonly<Record<string, string>> = {
  session_expired: 'That took too long. Please connect Zoho again.',
  wrong_subject: 'Someone else began to connect Zoho. Please sign in as that person, or connect Zoho again.',
  wrong_session: 'This link does not belong to your consent. Please connect Zoho again.',
  not_awaiting:
    'This consent is already completed, or it has ended. Please connect Zoho again if it is not connected.',
  unavailable: 'Zoho cannot be connected right now. Please try again in a minute.',
};

async function answer(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', origin);
  const user = signedInUser(request);
  switch (`${request.method} ${pathname}`) {
    case 'GET /':
      return send(
        response,
        200,
        user ? dashboardPage(user, await readConnection(user.tenant)) : signInPage(),
      );
    case 'POST /sign-in': {
      const cookie = signIn(new URLSearchParams(await text(request)).get('user') ?? '');
      return redirect(response, '/', cookie);
    }
    case 'POST /sign-out':
      return redirect(response, '/', signOut(request));
    case 'POST /zoho/connect':
      // No other site may begin a consent in the name of the user.
      if (user === undefined || request.headers['sec-fetch-site'] !== 'same-origin')
        return redirect(response, '/');
      return redirect(response, await beginConsent(user, `${origin}/zoho/return`));
    case 'GET /zoho/return': {
      if (user === undefined) return redirect(response, '/');
      const [invite, session] = [searchParams.get('invite') ?? '', searchParams.get('session') ?? ''];
      const { status, message = '', reason = status } = await completeConsent(user, invite, session);
      if (status !== 'authorized') return send(response, 200, problemPage(message, reason));
      return redirect(response, '/');
    }
    default:
      return send(response, 404, problemPage('There is no such page.', 'not_found'));
  }
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    // The address of the return page has the session of the consent in it.
    'referrer-policy': 'no-referrer',
  });
  response.end(html);
}

function redirect(response: ServerResponse, location: string, cookie?: string): void {
  response.writeHead(303, {
    location,
    'referrer-policy': 'no-referrer',
    ...(cookie && { 'set-cookie': cookie }),
  });
  response.end();
}
