/** What a client id looks like, for a prompt. */
export const CLIENT_ID_PLACEHOLDER = '1000.…';

/** Why a text is no client id. The text is not shown, because a secret may have been entered instead of the id. */
export function clientIdError(text: string): string | undefined {
  return /^1000\.[A-Z0-9]{20,60}$/.test(text)
    ? undefined
    : 'The client id is not valid (value omitted): it is 1000. followed by capital letters and digits.';
}
