/** Parses a JSON object. Returns undefined for any other text, which is never quoted: it may be a secret. */
export const parseJsonObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text.replace(BYTE_ORDER_MARK, ''));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text without the line break with which secrets that are pasted by hand often end. Undefined if it is empty or no text. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

/** Windows editors and shells write it at the start of a file; JSON does not allow it. */
const BYTE_ORDER_MARK = /^\ufeff/;
