/** Zoho's codes, tokens and client ids, and its client secrets: 42 hexadecimal digits. */
const LIKE_A_SECRET = /\b1000\.[\w.]{8,}|\b[0-9a-f]{20,}\b/gi;
const VALUE_OF_AN_OPTION = /(?<=--?[\w-]+=)[^\s']+/g;

/** A text that quotes the command line, without what may be a secret that was pasted into it: logs of others keep the text. */
export function hidePastedSecrets(text: string): string {
  return text.replace(VALUE_OF_AN_OPTION, '…').replace(LIKE_A_SECRET, '…');
}
