import { createHash } from 'node:crypto';
import type { Redacted } from '../../lambdas/core/redacted.ts';

/** The formats of `token`, the first is the default. */
export const TOKEN_FORMATS = ['plain', 'env', 'header', 'json', 'postman'] as const;
export type TokenFormat = (typeof TOKEN_FORMATS)[number];

/** What the formats show. In the sandbox, the two URLs are on this machine. */
export interface PrintableToken {
  readonly connection: string;
  readonly deployment: string;
  readonly accessToken: Redacted;
  readonly apiDomain: string;
  readonly accountsUrl: string;
  readonly expiresAtMs: number;
}

/** The text that goes to standard output. It contains the token. */
export function formatToken(token: PrintableToken, format: TokenFormat): string {
  const accessToken = token.accessToken.reveal();
  switch (format) {
    case 'plain':
      return accessToken;
    case 'header':
      return `Authorization: Zoho-oauthtoken ${accessToken}`;
    case 'env':
      return `export ZOHO_ACCESS_TOKEN=${quote(accessToken)}\nexport ZOHO_API_DOMAIN=${quote(token.apiDomain)}`;
    case 'json':
      return JSON.stringify({
        access_token: accessToken,
        api_domain: token.apiDomain,
        expires_at: new Date(token.expiresAtMs).toISOString(),
      });
    case 'postman':
      return JSON.stringify(postmanEnvironment(token, accessToken), null, 2);
  }
}

/**
 * An environment as Postman exports it, which Bruno and Insomnia import too.
 *
 * Sources: Postman's exports; Bruno's `postman-env-to-bruno-env.js`, which reads `name` and the values' `key`, `value`, `type`
 * and `enabled`, and keeps letters, digits, `_`, `-` and `.` in keys (@usebruno/converters 0.23).
 */
function postmanEnvironment(token: PrintableToken, accessToken: string) {
  const { deployment, connection } = token;
  const value = (key: string, text: string, type = 'default') => ({ key, value: text, type, enabled: true });
  return {
    id: uuidOf(`${deployment}/${connection}`),
    name: `Zoho ${connection} (${deployment})`,
    values: [
      value('token', accessToken, 'secret'),
      value('api-domain', token.apiDomain),
      value('accounts-url', token.accountsUrl),
      value('expires-at', new Date(token.expiresAtMs).toISOString()),
    ],
    _postman_variable_scope: 'environment',
  };
}

/** The same UUID for the same text, so that Postman can replace an environment that was imported before. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const [, ...groups] = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(hex) ?? [];
  const [time, middle, high, clock, node] = groups;
  return `${time}-${middle}-8${high}-8${clock}-${node}`;
}

/** Quotes a text as one word for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
