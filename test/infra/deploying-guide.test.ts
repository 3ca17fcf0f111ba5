import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ADDRESS_PARAMETERS,
  CONSENT_PARAMETERS,
  FLEET_PARAMETERS,
} from '../../lambdas/core/deployment-address.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const sectionOf = (text: string, title: string) => text.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
const deploying = read('deploying.md');
const EVERYTHING = synthesize({
  connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
  ...{ connectedStore: 'dynamodb', fleetShards: 4, dashboard: true, consent: { displayName: 'Acme' } },
});
const countAlarms = (props: Parameters<typeof synthesize>[0]) => {
  const template = synthesize(props);
  return ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
    propertiesOf(template, type),
  ).length;
};

/** What "What is deployed" calls each type of resource. Permissions and settings of others have no row of their own. */
const WORDS: Readonly<Record<string, RegExp | 'part of another'>> = {
  'AWS::ApiGatewayV2::Api': /HTTP API/,
  'AWS::ApiGatewayV2::Integration': 'part of another',
  'AWS::ApiGatewayV2::Route': 'part of another',
  'AWS::ApiGatewayV2::Stage': 'part of another',
  'AWS::CloudWatch::Alarm': /alarms/,
  'AWS::CloudWatch::CompositeAlarm': /composite alarm `page-shards`/,
  'AWS::CloudWatch::Dashboard': /CloudWatch dashboard/,
  'AWS::DynamoDB::Table': /DynamoDB tables `Tokens` and `Credentials`/,
  'AWS::IAM::Policy': 'part of another',
  'AWS::IAM::Role': /with role/,
  'AWS::KMS::Alias': /KMS key and alias/,
  'AWS::KMS::Key': /KMS key and alias/,
  'AWS::Lambda::Alias': /its aliases/,
  'AWS::Lambda::EventInvokeConfig': 'part of another',
  'AWS::Lambda::Function': /Lambda function/,
  'AWS::Lambda::Permission': 'part of another',
  'AWS::Logs::LogGroup': /log group/,
  'AWS::Logs::QueryDefinition': /saved log queries/,
  'AWS::SNS::Topic': /SNS topics/,
  'AWS::SNS::TopicPolicy': 'part of another',
  'AWS::SQS::Queue': /SQS queue/,
  'AWS::SQS::QueuePolicy': 'part of another',
  'AWS::SSM::Parameter': /SSM parameters/,
  'AWS::Scheduler::Schedule': /schedule for each shard/,
  'AWS::SecretsManager::Secret': /token secret/,
};

describe('docs/deploying.md', () => {
  test('names every kind of resource that all settings together deploy', () => {
    const types = Object.values(EVERYTHING.toJSON().Resources as Record<string, { Type: string }>).map(
      ({ Type }) => Type,
    );
    const deployed = sectionOf(deploying, 'What is deployed');
    const isNamed = (type: string) => {
      const words = WORDS[type];
      return words === 'part of another' || words?.test(deployed) === true;
    };

    expect([...new Set(types)].filter((type) => !isNamed(type))).toEqual([]);
  });

  test('names every table, and which of them are kept', () => {
    const tables = Object.entries(EVERYTHING.findResources('AWS::DynamoDB::Table'));
    const rows = sectionOf(deploying, 'What is deployed')
      .split('\n')
      .filter((line) => line.startsWith('| DynamoDB'));

    expect(tables).toHaveLength(4);
    expect(tables.filter(([, { DeletionPolicy }]) => !/^Retain/.test(DeletionPolicy))).toEqual([]);
    expect(rows.every((row) => row.endsWith('| kept |'))).toBe(true);
  });

  test('names every parameter of the address', () => {
    const address = sectionOf(deploying, 'The address of a deployment');
    const parameters = [...ADDRESS_PARAMETERS, ...CONSENT_PARAMETERS, ...FLEET_PARAMETERS];

    expect(parameters.filter((name) => !new RegExp(`^\\|.*/${name}\``, 'm').test(address))).toEqual([]);
  });
});

test('docs/alerting.md counts the alarms', () => {
  const guide = read('alerting.md').replaceAll('\n', ' ');
  const alone = countAlarms({});

  expect(guide).toContain(`There are ${alone} alarms, \`page\` and RefresherStarted included`);
  const ofFleet = countAlarms({ fleetShards: 4 }) - alone;
  expect(guide).toContain(`with \`fleetShards: 4\`, ${ofFleet} more`);
  expect(countAlarms({ fleetShards: 2 }) - alone).toBe(1 + 2 * 2);
  expect(guide).toContain('adds `page-shards` and 2 for each shard');
  const ofConsent = countAlarms({ consent: { displayName: 'Acme' } }) - alone;
  expect(guide).toContain(`The setting \`consent\` adds ${ofConsent}.`);
});
