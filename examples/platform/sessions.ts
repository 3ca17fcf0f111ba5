import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { USERS, type User } from './tenants.ts';

const COOKIE = 'platform-session';

/** Who is signed in, by the value of the cookie. Yours are in a database, and begin with a password or a passkey. */
const sessions = new Map<string, User>();

/** Returns the cookie of a new session. `Lax`, because the user comes back from another site. */
export function signIn(userId: string): string | undefined {
  const user = USERS.find(({ id }) => id === userId);
  if (user === undefined) return undefined;
  const value = randomBytes(32).toString('base64url');
  sessions.set(value, user);
  return `${COOKIE}=${value}; Path=/; HttpOnly; Secure; SameSite=Lax`;
}

/** Ends the session, and returns a cookie that removes it from the browser. */
export function signOut(request: IncomingMessage): string {
  sessions.delete(cookieOf(request));
  return `${COOKIE}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0`;
}

export function signedInUser(request: IncomingMessage): User | undefined {
  return sessions.get(cookieOf(request));
}

function cookieOf({ headers }: IncomingMessage): string {
  const cookies = (headers.cookie ?? '').split('; ').map((cookie) => cookie.split('='));
  return cookies.find(([name]) => name === COOKIE)?.[1] ?? '';
}
