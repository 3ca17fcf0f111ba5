import { describe, expect, test } from 'vitest';
import { parseConsentConfig } from '../../../lambdas/consent-api/config.ts';
import { environmentOf } from '../../support/consent-environment.ts';

const ENVIRONMENT = environmentOf({
  aws: { tableName: 'connections', dynamoDb: { consentsTableName: 'consents' } },
} as never);

describe('the environment of ConsentApi', () => {
  test('is parsed as the stack sets it', () => {
    expect(parseConsentConfig(ENVIRONMENT)).toMatchObject({
      connectionsTable: 'connections',
      consentsTable: 'consents',
      baseUrl: 'https://connect.example',
      returnUrls: ['https://app.example/zoho/'],
      inviteHours: 72,
      confirm: 'mismatch',
      sendsEvents: true,
      announcesEmail: false,
      stackTags: { team: 'sales' },
    });
  });

  test.each([
    ['CONNECTIONS_TABLE', undefined, 'is missing'],
    ['CONSENTS_TABLE', '', 'must not be empty'],
    ['KEY_ARN', 'key', 'is not an ARN of kms'],
    ['BASE_URL', 'https://connect.example/', 'must be an origin without a slash at the end'],
    ['RETURN_URLS', '["no url"]', 'must be a JSON list of URLs'],
    ['RETURN_URLS', '{', 'must be a JSON list of URLs'],
    ['INVITE_HOURS', '169', 'must be at most 168'],
    ['INVITE_HOURS', 'many', 'must be a whole number'],
    ['CONFIRM', 'sometimes', 'must be one of never, mismatch, always'],
    ['EVENTS', 'yes', 'must be true or false'],
    ['STACK_TAGS', '{"a":1}', 'must be a JSON object of texts'],
  ])('is refused if %s is %j', (name, value, problem) => {
    expect(() => parseConsentConfig({ ...ENVIRONMENT, [name]: value })).toThrow(`- ${name}: ${problem}`);
  });
});
