import type { WorldView } from './promise.ts';

/** The token that a consumer reads now, as far as its text is one. */
export interface SeenToken {
  readonly accessToken: string;
  /** `NaN` if the text has none. */
  readonly expiresAtMs: number;
}

/** An expiry this long ago may still be in the future for the writer's clock. */
const SLACK_MS = 5_000;

export function publishedToken(world: WorldView, connection: string): SeenToken {
  const { text = '' } = world.currentToken(connection) ?? {};
  return {
    accessToken: /"access_token":"([^"]*)"/.exec(text)?.[1] ?? '',
    expiresAtMs: Date.parse(/"expires_at":"([^"]*)"/.exec(text)?.[1] ?? ''),
  };
}

/** Whether consumers read a token that Zoho accepts. */
export function hasValidToken(world: WorldView, connection: string): boolean {
  const { accessToken, expiresAtMs } = publishedToken(world, connection);
  return world.isValidAtZoho(accessToken) && expiresAtMs > world.now() - SLACK_MS;
}

/** Whether Zoho gave the token that consumers read less life than this. */
export function isShortLived(world: WorldView, connection: string, lifeMs: number): boolean {
  const { text = '' } = world.currentToken(connection) ?? {};
  const issuedAtMs = Date.parse(/"issued_at":"([^"]*)"/.exec(text)?.[1] ?? '');
  return publishedToken(world, connection).expiresAtMs - issuedAtMs < lifeMs;
}
