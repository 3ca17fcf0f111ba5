/** Parses JSON. The reason quotes nothing of the text, which may contain a secret. */
export function parseJson(text: string): { value: unknown } | { reason: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    // V8 quotes a part of the text after the reason.
    const reason = (error instanceof Error ? error.message : '').replace(/,? ?(?:\.{3})?".*$/s, '');
    return { reason: reason || 'no JSON at all' };
  }
}
