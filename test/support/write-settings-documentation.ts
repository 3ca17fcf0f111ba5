import { readFileSync, writeFileSync } from 'node:fs';
import { renderExamples } from './examples-documentation.ts';
import { renderRejections } from './rejections-documentation.ts';
import { readNotifications, renderRunbook } from './runbook-notifications.ts';
import { renderSecurity } from './security-documentation.ts';
import { renderProps, renderReadme } from './settings-documentation.ts';

const README = new URL('../../README.md', import.meta.url);
const SECURITY = new URL('../../SECURITY.md', import.meta.url);
const PROPS = new URL('../../infra/token-refresher-props.ts', import.meta.url);
const REJECTIONS = new URL('../../docs/zoho-rejections.json', import.meta.url);

writeFileSync(README, renderReadme(readFileSync(README, 'utf8')));
writeFileSync(SECURITY, renderSecurity(readFileSync(SECURITY, 'utf8')));
writeFileSync(PROPS, renderProps());
writeFileSync(REJECTIONS, renderRejections());
for (const [page, notifications] of readNotifications()) {
  const runbook = new URL(`../../docs/runbooks/${page}.md`, import.meta.url);
  writeFileSync(runbook, renderRunbook(readFileSync(runbook, 'utf8'), notifications));
}
for (const [path, text] of Object.entries(renderExamples()))
  writeFileSync(new URL(`../../${path}`, import.meta.url), text);
