import { escapeHtml } from '../../core/escape-html.ts';

/** Text that is HTML already. Everything else that a template gets is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template accepts: `undefined` and `false` render nothing. */
export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[];

/** A piece of a page. Interpolated texts are escaped, also inside a quoted attribute. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.map((part, index) => `${part}${render(values[index])}`).join(''));
}

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return escapeHtml(String(value));
}
