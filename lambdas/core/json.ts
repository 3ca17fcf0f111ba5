/** Parses a JSON object. Returns undefined for any other text, which is never quoted: it may be a secret. */
export function parseJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(BYTE_ORDER_MARK, ''));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Windows editors and shells write it at the start of a file; JSON does not allow it. */
const BYTE_ORDER_MARK = /^\ufeff/;
