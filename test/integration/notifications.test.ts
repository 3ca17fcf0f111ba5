import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { type LocalDeployment, TOPICS } from '../../sandbox/deployment/local-deployment.ts';
import {
  MINUTE_MS,
  refuseUntilBlocked,
  startAuthorizedDeployment,
  startDeployment,
} from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

const CRM = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;

const BLOCKED_MESSAGE = [
  'Zoho crm-prod is blocked.',
  '',
  'Reason: Zoho does not accept the refresh token: it was revoked, displaced by a 21st authorization, belongs to another data center, or is an access token. Authorize the connection again.',
  'Fix: zoho-tokens refresh crm-prod asks Zoho again. If it still refuses: zoho-tokens authorize crm-prod',
  'Since: 2026-01-05 09:03 UTC',
  'Token: expires at 2026-01-05 10:00 UTC',
  'Runbook: https://runbooks.example/ReauthorizationNeeded.md',
  '',
  'Connection: crm-prod (declared, data center eu)',
  'Deployment: zoho in eu-west-1, account 000000000000',
].join('\n');

/** A deployment in which Zoho has confirmed that it refuses the connection. */
async function startBlocked() {
  const started = await startAuthorizedDeployment();
  started.deployment.zoho.revoke(started.authorization.refreshToken);
  await refuseUntilBlocked(started.deployment);
  return started;
}

const subjectsOf = ({ aws }: LocalDeployment) => aws.sns.messages.map(({ subject }) => subject);

const incidentsOf = async (of: LocalDeployment) =>
  (await of.readConnection('crm-prod')).incidents.map(({ problem, state }) => `${problem} ${state}`);

describe('a connection that is blocked', () => {
  it('is notified at once by name, with the reason, the command that fixes it and the runbook', async () => {
    ({ deployment } = await startBlocked());

    expect(deployment.aws.sns.messages).toEqual([
      {
        topic: TOPICS.page,
        subject: 'ALARM: Zoho crm-prod is blocked: invalid_code',
        message: BLOCKED_MESSAGE,
        messageOf: expect.objectContaining({ sms: 'ALARM: Zoho crm-prod is blocked: invalid_code' }),
        attributes: { connection: 'crm-prod', problem: 'blocked', state: 'begun' },
        atMs: deployment.clock.now(),
      },
    ]);
  });

  it('is an alarm for an incident service, which closes it when it has recovered', async () => {
    ({ deployment } = await startBlocked());
    deployment.authorize('crm-prod');
    await deployment.runMinutes(6);

    const [begun, over] = deployment.aws.sns.messages.map(({ messageOf }) =>
      JSON.parse(messageOf.https ?? ''),
    );

    expect(begun).toEqual({
      AlarmName: 'Zoho zoho/crm-prod blocked',
      AlarmArn: 'arn:aws:cloudwatch:eu-west-1:000000000000:alarm:Zoho zoho/crm-prod blocked',
      AlarmDescription: BLOCKED_MESSAGE,
      AWSAccountId: '000000000000',
      Region: 'eu-west-1',
      NewStateValue: 'ALARM',
      OldStateValue: 'OK',
      NewStateReason: 'Zoho crm-prod is blocked.',
      StateChangeTime: '2026-01-05T09:03:00.000+0000',
    });
    expect(over).toMatchObject({ AlarmName: begun.AlarmName, NewStateValue: 'OK', OldStateValue: 'ALARM' });
  });

  it('is notified once, however long it is blocked', async () => {
    ({ deployment } = await startBlocked());

    await deployment.runMinutes(180, { every: 5 });

    expect(subjectsOf(deployment)).toHaveLength(1);
    expect(await incidentsOf(deployment)).toEqual(['blocked notified']);
  });

  it('is notified when it has recovered, and again when it is blocked again', async () => {
    ({ deployment } = await startBlocked());

    const { refreshToken } = deployment.authorize('crm-prod');
    await deployment.runMinutes(6);
    expect(await incidentsOf(deployment)).toEqual([]);
    deployment.zoho.revoke(refreshToken);
    await refuseUntilBlocked(deployment);

    expect(subjectsOf(deployment)).toEqual([
      'ALARM: Zoho crm-prod is blocked: invalid_code',
      'OK: Zoho crm-prod has recovered',
      'ALARM: Zoho crm-prod is blocked: invalid_code',
    ]);
  });

  it('is notified although another one is blocked', async () => {
    deployment = await startDeployment({ connections: { 'crm-prod': CRM, 'crm-test': CRM } });
    for (const name of ['crm-prod', 'crm-test']) deployment.putCredentials(name, 'no JSON');

    await deployment.tick();

    expect(subjectsOf(deployment).toSorted()).toEqual([
      'ALARM: Zoho crm-prod is blocked: malformed_credentials',
      'ALARM: Zoho crm-test is blocked: malformed_credentials',
    ]);
  });

  it('makes no call that a healthy one does not make', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.aws.dynamoDb.resetCalls();

    await deployment.refresh('crm-prod');

    expect(deployment.aws.dynamoDb.calls.map(({ operation }) => operation)).toEqual([
      'GetItem',
      'UpdateItem',
      'UpdateItem',
    ]);
    expect(deployment.aws.sns.calls).toEqual([]);
  });
});

describe('a notification that cannot be published', () => {
  it('is published with the first tick after SNS accepts it, without a call to Zoho', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const allow = deployment.aws.sns.faults.deny({ operation: 'Publish' });
    deployment.putCredentials('crm-prod', 'no JSON');
    await deployment.refresh('crm-prod');
    const zohoCalls = deployment.zoho.tokenCalls.length;

    await deployment.runMinutes(10);
    expect(subjectsOf(deployment)).toEqual([]);
    expect(deployment.metrics.ofFleet('NotificationFailed')).toHaveLength(11);
    allow();
    await deployment.runMinutes(1);

    expect(subjectsOf(deployment)).toEqual(['ALARM: Zoho crm-prod is blocked: malformed_credentials']);
    await deployment.runMinutes(10);
    expect(subjectsOf(deployment)).toHaveLength(1);
    expect(deployment.zoho.tokenCalls.length).toBe(zohoCalls);
  });

  it('says in the log which one, and why', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.aws.sns.faults.deny({ operation: 'Publish' });
    deployment.putCredentials('crm-prod', 'no JSON');

    await deployment.refresh('crm-prod');

    expect(deployment.log.lines.map((line) => JSON.parse(line)).at(-1)).toMatchObject({
      level: 'WARN',
      message: 'a notification could not be published',
      connection: 'crm-prod',
      problem: 'blocked',
      state: 'begun',
      code: 'aws_access_denied',
      reason: expect.stringContaining(`sns:Publish on arn:aws:sns:eu-west-1:000000000000:${TOPICS.page}`),
    });
  });

  it('is not published when the connection recovers first', async () => {
    const { authorization, ...started } = await startAuthorizedDeployment();
    deployment = started.deployment;
    const allow = deployment.aws.sns.faults.deny({ operation: 'Publish' });
    deployment.zoho.revoke(authorization.refreshToken);
    await refuseUntilBlocked(deployment);
    deployment.authorize('crm-prod');

    await deployment.runMinutes(6);
    allow();
    await deployment.runMinutes(6);

    expect(subjectsOf(deployment)).toEqual([]);
    expect(await incidentsOf(deployment)).toEqual([]);
  });

  it('about a recovery does not delay the next refresh, nor cause one', async () => {
    ({ deployment } = await startBlocked());
    const allow = deployment.aws.sns.faults.deny({ operation: 'Publish' });
    deployment.authorize('crm-prod');
    await deployment.runMinutes(6);
    const { nextAttemptAtMs } = await deployment.readConnection('crm-prod');
    const zohoCalls = deployment.zoho.tokenCalls.length;

    await deployment.runMinutes(20);
    expect(deployment.zoho.tokenCalls.length).toBe(zohoCalls);
    expect((await deployment.readConnection('crm-prod')).nextAttemptAtMs).toBe(nextAttemptAtMs);
    allow();
    await deployment.runMinutes(1);
    expect(subjectsOf(deployment).at(-1)).toBe('OK: Zoho crm-prod has recovered');
    await deployment.runMinutes(40);

    expect(deployment.zoho.tokenCalls.length).toBe(zohoCalls + 1);
    expect(subjectsOf(deployment)).toHaveLength(2);
  });

  it('does not delay the invocation beyond its timeout when SNS never answers', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { reached } = deployment.aws.sns.faults.hangNext({ operation: 'Publish' });
    deployment.putCredentials('crm-prod', 'no JSON');

    const answered = deployment.refresh('crm-prod');
    await reached;
    deployment.clock.advance(MINUTE_MS);

    expect(await answered).toMatchObject({ outcome: 'blocked' });
    await deployment.runMinutes(1);
    expect(subjectsOf(deployment)).toHaveLength(1);
  });

  it('is published again when the answer of SNS is lost', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.aws.sns.faults.dropNext({ operation: 'Publish', afterEffect: true, times: 2 });
    deployment.putCredentials('crm-prod', 'no JSON');

    await deployment.refresh('crm-prod');
    await deployment.runMinutes(10);

    expect(subjectsOf(deployment)).toHaveLength(3);
  });

  it('is published again when the row cannot be written that says so', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.putCredentials('crm-prod', 'no JSON');
    const publish = deployment.aws.sns.faults.hangNext({ operation: 'Publish', afterEffect: true });
    const answered = deployment.refresh('crm-prod');
    await publish.reached;
    const allow = deployment.aws.dynamoDb.faults.deny({ operation: 'UpdateItem' });
    publish.release();

    expect(await answered).toMatchObject({ outcome: 'blocked' });
    allow();
    await deployment.runMinutes(5);
    expect(subjectsOf(deployment)).toHaveLength(2);
    expect(await incidentsOf(deployment)).toEqual(['blocked notified']);
  });
});

describe('an environment that dies between the commit and the notification', () => {
  it('leaves it to the next tick', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { aws } = deployment.dependencies;
    const sns = Object.create(aws.sns) as typeof aws.sns;
    const publishing = new Promise<void>((resolve) => {
      sns.send = () => {
        resolve();
        return new Promise(() => {});
      };
    });
    // Its clock stands still, so that it never does anything again.
    const dying = deployment.compose({
      clock: new ManualClock(deployment.clock.now()),
      aws: { ...aws, sns },
    });
    deployment.putCredentials('crm-prod', 'no JSON');
    void deployment.refresh('crm-prod', { reason: 'operator' }, dying);
    await publishing;
    expect(subjectsOf(deployment)).toEqual([]);

    await deployment.runMinutes(1);

    expect(subjectsOf(deployment)).toEqual(['ALARM: Zoho crm-prod is blocked: malformed_credentials']);
    expect(await incidentsOf(deployment)).toEqual(['blocked notified']);
  });
});

describe('two environments at once', () => {
  it('publish a notification once', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const other = deployment.compose();
    deployment.putCredentials('crm-prod', 'no JSON');
    const publish = deployment.aws.sns.faults.hangNext({ operation: 'Publish' });
    const first = deployment.refresh('crm-prod');
    await publish.reached;
    await deployment.tick(other);
    await deployment.refresh('crm-prod', { reason: 'unauthorized' }, other);
    publish.release();
    await first;
    await deployment.runMinutes(6);

    expect(subjectsOf(deployment)).toHaveLength(1);
  });
});
