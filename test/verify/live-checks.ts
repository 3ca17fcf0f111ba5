import { DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteSecretCommand } from '@aws-sdk/client-secrets-manager';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { credentialsSecretName } from '../../lambdas/core/connection/connection-name.ts';
import { readOutputs } from './cdk.ts';
import { type Check, CheckFailed, type Verification } from './check.ts';
import { readAddress } from './deployment-checks.ts';
import { CONNECTION } from './place.ts';
import { PROBES, type ProbeResults } from './prober.ts';
import { zohoTokens } from './zoho-tokens.ts';

export const FIRST_TICK: Check = {
  title: 'the schedule runs the refresher within two minutes',
  needs: ['functions'],
  run: async (verification) => {
    const row = await verification.waitFor('the first tick', 150, () => readRow(verification));
    return `it registered ${row.name}, ${row.status}`;
  },
};

/** IAM answers AccessDenied for a secret that does not exist: the refresher must know that this means "not authorized yet". */
export const NOT_AUTHORIZED: Check = {
  title: 'a connection that was never authorized is pending, not broken',
  needs: ['functions', 'iam'],
  run: async (verification) => {
    const row = await verification.waitFor('the first look at the credentials', 150, async () => {
      const current = await readRow(verification);
      return current?.lastFailure === undefined ? undefined : current;
    });
    if (row.status === 'pending' && row.lastFailure?.code === 'no_credentials')
      return 'pending: no_credentials';
    throw new CheckFailed(`${row.status}: ${row.lastFailure?.code}`);
  },
};

export const ALARM_TOPICS: Check = {
  title: 'an alarm arrives through both of its topics',
  needs: ['alarms'],
  run: async (verification) => {
    const { cloudWatch, sqs } = verification.cloud.clients;
    const QueueUrl = readOutputs(verification.place).InboxUrl;
    const AlarmNamePrefix = verification.place.stackName;
    const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix }));
    const AlarmName = MetricAlarms.find((alarm) => alarm.AlarmName?.endsWith('ZohoThrottling'))?.AlarmName;
    if (AlarmName === undefined) throw new CheckFailed('the stack has no alarm ZohoThrottling');
    await cloudWatch.send(
      new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'npm run verify' }),
    );
    const arrived: string[] = [];
    await verification.waitFor('two notifications', 180, async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10, MaxNumberOfMessages: 10 }),
      );
      for (const { Body = '{}', ReceiptHandle } of Messages) {
        arrived.push(alarmOf(Body));
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      const times = arrived.filter((name) => name === AlarmName).length;
      return times > 1 ? times : undefined;
    });
    return arrived.sort().join(', ');
  },
};

export const DENIALS: Check = {
  title: 'a consumer can read its token and request a refresh, and nothing else',
  needs: ['functions', 'iam'],
  run: async (verification) => {
    const FunctionName = readOutputs(verification.place).ProberName;
    const Payload = JSON.stringify({ connection: CONNECTION });
    const { Payload: answer } = await verification.cloud.clients.lambda.send(
      new InvokeCommand({ FunctionName, Payload }),
    );
    const results = JSON.parse(Buffer.from(answer ?? []).toString()) as ProbeResults;
    const wrong = Object.entries(PROBES).filter(
      ([probe, expected]) => results[probe as keyof ProbeResults] !== expected,
    );
    if (wrong.length === 0) return `${Object.keys(PROBES).length} attempts`;
    throw new CheckFailed(
      wrong
        .map(([probe, expected]) => `${probe}: ${results[probe as keyof ProbeResults]}, not ${expected}`)
        .join('; '),
    );
  },
};

export const ZOHO_TOKEN: Check = {
  title: "authorize with your refresh token gives a token of Zoho's",
  needs: ['functions', 'iam', 'zoho'],
  run: async (verification) => {
    const { cloud, place, zohoCredentials } = verification;
    if (zohoCredentials === undefined) throw new CheckFailed('no credentials were given');
    try {
      const { exitCode, output } = await zohoTokens(
        verification,
        ['authorize', CONNECTION, '--import'],
        zohoCredentials.reveal(),
      );
      if (exitCode !== 0) throw new CheckFailed(output);
      const row = await readRow(verification);
      return `generation ${row?.publishedGeneration}, data center ${row?.dataCenter}`;
    } finally {
      const SecretId = credentialsSecretName(place.secretPrefix, CONNECTION);
      await cloud.clients.secretsManager.send(
        new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }),
      );
    }
  },
};

async function readRow(verification: Verification): Promise<Connection | undefined> {
  const { table = '' } = await readAddress(verification);
  const rows = createConnectionTable(verification.cloud.clients.dynamoDb, table);
  return await rows.read(CONNECTION, AbortSignal.timeout(20_000));
}

function alarmOf(body: string): string {
  const { Message = '{}' } = JSON.parse(body) as { Message?: string };
  return (JSON.parse(Message) as { AlarmName?: string }).AlarmName ?? '';
}
