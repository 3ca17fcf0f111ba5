import { readFileSync } from 'node:fs';

/** A fenced code block with a name. */
export interface Snippet {
  /** The word after the fence's opening, e.g. `ts`. */
  readonly language: string;
  /** The exact text between the fences. */
  readonly code: string;
}

const MARKED_FENCE = /^<!-- snippet: (\S+) -->\n(?:```(\w+)\n([\s\S]*?)^```$)?/gm;

/**
 * The snippets of a markdown file, by the names that invisible comments give them:
 *
 *     <!-- snippet: NAME -->
 *     ```ts
 *     ...
 *     ```
 *
 * Code without a name is left out. A name without code and a duplicate name are errors.
 */
export function readSnippets(document: URL): ReadonlyMap<string, Snippet> {
  const snippets = new Map<string, Snippet>();
  for (const [, name = '', language, code] of readFileSync(document, 'utf8').matchAll(MARKED_FENCE)) {
    if (language === undefined || code === undefined)
      throw new Error(`${document.pathname}: no code follows the marker "snippet: ${name}"`);
    if (snippets.has(name)) throw new Error(`${document.pathname}: two snippets have the name "${name}"`);
    snippets.set(name, { language, code });
  }
  return snippets;
}
