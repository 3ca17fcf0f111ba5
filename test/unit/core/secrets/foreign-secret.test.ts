import { expect, test } from 'vitest';
import type { SecretFacts } from '../../../../cli/secrets/connection-secrets.ts';
import { judgeForeign } from '../../../../lambdas/core/secrets/foreign-secret.ts';
import { KEY_ARN, secretFacts } from '../../../support/builders.ts';

const DEPLOYMENT = { secretPrefix: 'zoho', keyArn: KEY_ARN, stackName: 'ZohoTokenRefresher' };
const KEY_ID = KEY_ARN.slice(KEY_ARN.lastIndexOf('/') + 1);
const OTHER_KEY = KEY_ARN.replace('1234', '9999');
const ALIAS = 'alias/ZohoTokenRefresher';

const statement = (Effect: string) => ({ Effect, Principal: '*', Action: 'secretsmanager:*', Resource: '*' });
const policy = (...effects: string[]) => JSON.stringify({ Statement: effects.map(statement) });
const judge = (facts: Partial<SecretFacts>, text?: string, keyArn = KEY_ARN) =>
  judgeForeign('crm-prod', secretFacts(facts), text, { ...DEPLOYMENT, keyArn });

test.each<[fact: string, facts: Partial<SecretFacts>, policy?: string | undefined, keyArn?: string]>([
  ['a secret of authorize', {}],
  [
    'one of connect in version 0.1, which did not name the deployment',
    { tags: { application: 'zoho-token-refresher' } },
  ],
  [
    'one of the stack in version 0.1: users cannot set tags of AWS',
    { tags: { 'aws:cloudformation:stack-name': 'ZohoTokenRefresher' } },
  ],
  ['one whose key was given by its ID', { keyId: KEY_ID }],
  ['one whose key was given by the alias that the deployment has too', { keyId: ALIAS }, undefined, ALIAS],
  ['one whose policy only denies', {}, policy('Deny', 'Deny')],
  ['one whose policy is a single denial', {}, JSON.stringify({ Statement: statement('Deny') })],
])("is the deployment's own: %s", (_, facts, text, keyArn) => {
  expect(judge(facts, text, keyArn)).toBeUndefined();
});

test.each<[fact: string, facts: Partial<SecretFacts>, says: string, advice: string, policy?: string]>([
  ['a secret without tags', { tags: {} }, 'lacks the deployment', 'adopt crm-prod'],
  ['one of another application', { tags: { application: 'payroll' } }, 'lacks the deployment', 'CloudTrail'],
  [
    'one of another deployment',
    { tags: { application: 'zoho-token-refresher', 'zoho-token-refresher:deployment': 'other' } },
    'lacks the deployment',
    'adopt crm-prod',
  ],
  [
    'one of another stack',
    { tags: { 'aws:cloudformation:stack-name': 'Payroll' } },
    'lacks the deployment',
    'adopt crm-prod',
  ],
  ['one with another key', { keyId: OTHER_KEY }, OTHER_KEY, 'adopt crm-prod'],
  ['one with an alias, which may point to any key', { keyId: ALIAS }, ALIAS, 'adopt crm-prod'],
  ['one with an ID that only ends like the key', { keyId: KEY_ID.slice(4) }, 'another KMS key', 'adopt'],
  ['one with the key of AWS', { keyId: undefined }, 'aws/secretsmanager', 'adopt crm-prod'],
  ['one with replicas', { replicaRegions: ['us-east-1'] }, 'replicated to us-east-1', 'remove-regions'],
  ['one whose policy allows', {}, 'resource policy', 'delete-resource-policy', policy('Deny', 'Allow')],
  ['one whose policy cannot be parsed', {}, 'resource policy', 'get-resource-policy', 'not JSON'],
])('is foreign: %s', (_, facts, says, advice, text) => {
  const foreign = judge(facts, text);

  expect(foreign?.problem).toContain(says);
  expect(foreign?.advice).toContain(advice);
});
