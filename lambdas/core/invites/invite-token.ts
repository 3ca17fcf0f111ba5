/** What the link of an invite carries: `<id>.<secret>`, 16 and 32 random bytes as base64url. */
export interface InviteToken {
  readonly id: string;
  readonly secret: string;
}

const TOKEN = /^([\w-]{22})\.([\w-]{43})$/;

export function parseInviteToken(text: string): InviteToken | undefined {
  const [, id, secret] = TOKEN.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** 32 random bytes as base64url: a state, or the value of a browser's cookie. */
export function isRandomText(text: string | undefined | null): text is string {
  return typeof text === 'string' && /^[\w-]{43}$/.test(text);
}
