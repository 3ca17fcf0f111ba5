import { App } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { readSettings } from '../../infra/settings/context.ts';

test('an app without configuration gets the defaults', () => {
  expect(read({}).secretPrefix).toBe('zoho');
});

test('JSON without its quotes, which the shell removed, is rejected with an example', () => {
  expect(() => read({ zohoTokenRefresher: '{secretPrefix:zoho}' })).toThrow(
    /zohoTokenRefresher: is not JSON \(.+\)\. Allowed: an object in cdk\.json, or JSON in single quotes: -c zohoTokenRefresher='\{"secretPrefix":"zoho"\}'\.$/,
  );
});

test.each(['zohoTokenRefreshr', 'ZohoTokenRefresher', 'zohoTokenRefresher.secretPrefix', 'zoho'])(
  'the context key %s is reported as misspelt, not ignored',
  (key) => {
    expect(() => read({ [key]: {} })).toThrow(
      `  - ${key}: is not a known context key. Did you mean "zohoTokenRefresher"?`,
    );
  },
);

test('misspelt context keys and invalid settings are reported together', () => {
  expect(() => read({ zohoTokenRefreshr: {}, zohoTokenRefresher: { maxInFlight: 0 } })).toThrow(
    'has 2 problems:',
  );
});

test('other context keys are ignored', () => {
  expect(read({ '@aws-cdk/aws-iam:minimizePolicies': true, stage: 'prod' }).secretPrefix).toBe('zoho');
});

function read(context: Record<string, unknown>) {
  return readSettings(new App({ context }).node, {}, () => []);
}
