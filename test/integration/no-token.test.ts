import { afterEach, expect, it } from 'vitest';
import { type LocalDeployment, TOPICS } from '../../sandbox/deployment/local-deployment.ts';
import { startDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

const namesOf = (count: number) => Array.from({ length: count }, (_, n) => `crm-${n}`);

/** Connections, of which some have a token each. Returns their refresh tokens. */
async function start(names: readonly string[], authorized = names): Promise<readonly string[]> {
  const declaration = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;
  deployment = await startDeployment({
    connections: Object.fromEntries(names.map((name) => [name, declaration])),
  });
  const tokens = authorized.map((name) => deployment.authorize(name).refreshToken);
  await deployment.runMinutes(50, { every: 10 });
  return tokens;
}

const subjects = () => deployment.aws.sns.messages.map(({ topic, subject }) => `${topic} ${subject}`);
const ALARM = `${TOPICS.ticket} ALARM: Zoho crm-0 has no valid token: server_error`;

it('a connection that has had no valid token for 15 minutes is one ticket by name, over when it has one', async () => {
  const [refreshToken = ''] = await start(namesOf(2), ['crm-0']);
  const end = deployment.zoho.injectFault({ kind: 'html-5xx', refreshToken });

  await deployment.runMinutes(20);
  deployment.authorize('crm-1');
  await deployment.runMinutes(3);
  expect(subjects()).toEqual([]);
  await deployment.runMinutes(20);
  expect(subjects()).toEqual([ALARM]);
  end();
  await deployment.runMinutes(3);

  expect(subjects()).toEqual([ALARM, `${TOPICS.ticket} OK: Zoho crm-0 has a valid token again`]);
});

it('while many connections fail there is no ticket for each, and afterwards one for what still fails', async () => {
  const [refreshToken = ''] = await start(namesOf(11));
  const end = deployment.zoho.injectFault({ kind: 'html-5xx' });
  await deployment.runMinutes(30, { every: 2 });
  expect(subjects()).toEqual([]);

  end();
  deployment.zoho.injectFault({ kind: 'html-5xx', refreshToken });
  await deployment.runMinutes(5);

  expect(subjects()).toEqual([ALARM]);
});
