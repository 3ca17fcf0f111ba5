import type { Brand } from './brand.ts';
import { Html, html } from './html.ts';
import { cleanText, outsideText } from './outside-text.ts';
import { STYLESHEET } from './stylesheet.ts';

export interface PageContent {
  /** Of the window or tab, without the name of the deployment. */
  readonly title: string;
  readonly main: Html;
  readonly footer?: Html;
}

/** A whole page: one language, one main landmark, no script, nothing that is loaded from elsewhere. */
export function renderDocument({ title, main, footer }: PageContent, brand: Brand): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>${title} · ${cleanText(brand.displayName)}</title>
<link rel="icon" href="data:,">
<style>${new Html(STYLESHEET)}</style>
</head>
<body>
<header>${brand.logo !== undefined && html`<img src="${brand.logo}" alt="">`}<span>${outsideText(brand.displayName)}</span></header>
<main>
${main}
</main>
${footer !== undefined && html`<footer><p>${footer}</p></footer>\n`}</body>
</html>
`.text;
}
