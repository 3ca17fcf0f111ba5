/** A fenced block of a document. */
export interface FencedCode {
  /** The word after the fence's opening; empty without one. */
  readonly language: string;
  /** Without the indentation of the fence. */
  readonly code: string;
  /** The line of the opening, from 1. */
  readonly line: number;
  /** The name that an invisible comment above gives it. */
  readonly name?: string;
}

const FENCE =
  /^(?:<!-- snippet: (?<name>\S+) -->\n)?(?<indent> *)```(?<language>\w*)\n(?<code>[\s\S]*?)^\k<indent>```$/gm;

/** Every fenced block of a markdown text. */
export function readFencedCode(markdown: string): FencedCode[] {
  return [...markdown.matchAll(FENCE)].map((match) => {
    const { name, indent = '', language = '', code = '' } = match.groups ?? {};
    const line = markdown.slice(0, match.index).split('\n').length + (name === undefined ? 0 : 1);
    const plain = code.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    return { language, code: plain, line, ...(name !== undefined && { name }) };
  });
}
