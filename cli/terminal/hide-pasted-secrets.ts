/** Zoho's codes, tokens and client ids, and its client secrets: 42 hexadecimal digits. */
const LOOKS_LIKE_A_SECRET = /\b1000\.[\w.]{8,}|\b[0-9a-f]{20,}\b/gi;
const OPTION_VALUE = /(?<=--?[\w-]+=)[^\s']+/g;

/**
 * Removes everything from a message that may be a secret pasted into the command line. The message quotes the command line,
 * and logs of other systems (CI, for example) may keep it.
 */
export function hidePastedSecrets(text: string): string {
  return text.replace(OPTION_VALUE, '(value omitted)').replace(LOOKS_LIKE_A_SECRET, '(value omitted)');
}
