import { readFileSync } from 'node:fs';

/** A fenced piece of code that a document shows under a name. */
export interface Snippet {
  /** The word after the fence's opening, e.g. `ts`. */
  readonly language: string;
  /** What stands between the fences, to the letter. */
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
 * Unmarked code is left out. A marker without code, and a name that is there twice, are faults of the document.
 */
export function readSnippets(document: URL): ReadonlyMap<string, Snippet> {
  const snippets = new Map<string, Snippet>();
  for (const [, name = '', language, code] of readFileSync(document, 'utf8').matchAll(MARKED_FENCE)) {
    if (language === undefined || code === undefined)
      throw new Error(`${document.pathname}: no code follows the marker "snippet: ${name}"`);
    if (snippets.has(name)) throw new Error(`${document.pathname}: there are two snippets "${name}"`);
    snippets.set(name, { language, code });
  }
  return snippets;
}
