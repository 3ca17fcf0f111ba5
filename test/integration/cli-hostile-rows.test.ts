import { afterAll, expect, it } from 'vitest';
import { toItem } from '../../lambdas/adapters/connection-row.ts';
import { OperatorDesk } from '../support/operator-desk.ts';
import { putRow } from '../support/sandbox.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

/** Clears the screen and reports that all is well. */
const HOSTILE =
  'failed\u001b[2J\u001b[1;1H\u001b[32mNo alarm is in ALARM.\u009b0m\n\u202ecrm-01: healthy\u2066\r\u007f';

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const withoutLineBreaks = (text: string) => text.replaceAll('\n', '');

const { name } = await desk.live();
const { name: other } = await desk.live();
const row = await desk.row(name);
const lastFailure = { code: 'invalid_code', message: HOSTILE, atMs: desk.clock.now() } as const;
await putRow(desk.deployment, toItem({ ...row, status: 'blocked', scope: HOSTILE, lastFailure }));
await putRow(desk.deployment, toItem({ ...(await desk.row(other)), name: HOSTILE }));

it.each([
  ['status'],
  ['status --json'],
  [`status ${name}`],
  [`doctor ${name}`],
  [`doctor ${name} --json`],
  ['audit'],
  ['audit --json'],
  [`pause ${name}`],
  [`resume ${name}`],
  [`refresh ${name}`],
  [`status ${HOSTILE.replaceAll(' ', '')}`],
])('what a writer of the table puts into a row does not reach the terminal: %j', async (command) => {
  const { stdout, stderr } = await desk.run(command);

  expect(withoutLineBreaks(stdout + stderr)).not.toMatch(CONTROL);
  expect(stdout).not.toMatch(/^(?:No alarm is in ALARM\..|crm-01: healthy)/m);
  if (command.endsWith('--json')) expect(JSON.parse(stdout)).toBeDefined();
});
