import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readNotifications, renderRunbook } from '../support/runbook-notifications.ts';

const FOLDER = new URL('../../docs/runbooks/', import.meta.url);
const PAGES = readdirSync(FOLDER).map((file) => file.replace('.md', ''));
const notifications = readNotifications();

describe.each(PAGES.filter((page) => page !== 'README'))('the runbook %s', (page) => {
  const text = read(page);

  test('begins with what is sent, as it is sent, or with what leads there: run `npm run docs`', () => {
    const [, opening = ''] = /^# \w+\n\n([\s\S]*?)\n## Meaning\n/.exec(text) ?? [];
    const sent = notifications.get(page);

    if (sent === undefined) expect(opening).toMatch(/^No notification leads here directly\. /);
    else expect(opening).toMatch(/^<!-- notification/);
    expect(renderRunbook(text, sent ?? [])).toBe(text);
  });

  test('has every section, and ends with how to confirm the fix', () => {
    const sections = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/^## (.+)$/gm)].map(([, name]) => name);

    expect(sections).toEqual([
      'Meaning',
      'Impact',
      'Diagnosis',
      'Mitigation',
      'Escalation',
      'Confirm the fix',
    ]);
    expect(text.slice(text.indexOf('## Confirm the fix'))).toMatch(/```bash\n/);
  });

  test('is in the index', () => {
    expect(read('README')).toContain(`](${page}.md)`);
  });
});

test('the notifications of the composite alarms are in the index: run `npm run docs`', () => {
  const text = read('README');

  expect(renderRunbook(text, notifications.get('README') ?? [])).toBe(text);
  expect(text).toContain('Subject: ALARM: "ZohoTokenRefresher-page"');
});

test('every notification leads to a runbook', () => {
  expect([...notifications.keys()].filter((page) => !PAGES.includes(page))).toEqual([]);
});

test('what the code says about a runbook leads to one', () => {
  const named = ['cli', 'lambdas', 'infra'].flatMap((folder) =>
    namesIn(new URL(`../../${folder}/`, import.meta.url)),
  );

  expect(named).toContain('KeyDisabled');
  expect(named.filter((name) => !PAGES.includes(name))).toEqual([]);
});

/** The runbooks that the sources in a folder name. */
function namesIn(folder: URL): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(/\brunbooks\/(\w+)(?:\.md|#)/g)].map(
      ([, page = '']) => page,
    ),
  );
}

function read(page: string): string {
  return readFileSync(new URL(`${page}.md`, FOLDER), 'utf8');
}
