import { readFileSync, writeFileSync } from 'node:fs';
import { renderCosts } from './costs.ts';
import { renderExamples } from './examples-documentation.ts';
import { imageAt, renderPictures } from './pictures.ts';
import { renderRejections } from './rejections-documentation.ts';
import { readNotifications, renderRunbook } from './runbook-notifications.ts';
import { renderSecurity } from './security-documentation.ts';
import {
  renderConnectionOptions,
  renderConsentOptions,
  renderProps,
  renderSettings,
} from './settings-documentation.ts';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);
const rewrite = (path: string, render: (text: string) => string) =>
  writeFileSync(at(path), render(readFileSync(at(path), 'utf8')));

rewrite('docs/configuration.md', renderSettings);
rewrite('docs/costs.md', renderCosts);
rewrite('SECURITY.md', renderSecurity);
writeFileSync(at('infra/token-refresher-props.ts'), renderProps());
writeFileSync(at('infra/connection-options.ts'), renderConnectionOptions());
writeFileSync(at('infra/consent/consent-options.ts'), renderConsentOptions());
writeFileSync(at('docs/zoho-rejections.json'), renderRejections());
for (const [page, notifications] of readNotifications())
  rewrite(`docs/runbooks/${page}.md`, (text) => renderRunbook(text, notifications));
for (const [path, text] of Object.entries(renderExamples())) writeFileSync(at(path), text);
for (const [name, picture] of renderPictures()) writeFileSync(imageAt(name), picture);
