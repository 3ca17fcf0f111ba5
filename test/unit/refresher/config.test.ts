import { describe, expect, test } from 'vitest';
import {
  DEFAULT_CONFIG,
  InvalidConfigError,
  parseConfig,
  type RefresherConfig,
  toEnvironment,
} from '../../../lambdas/refresher/config.ts';
import { NUMBER_SETTINGS } from '../../../lambdas/refresher/number-settings.ts';

const config: RefresherConfig = {
  tableName: 'zoho-connections',
  secretPrefix: 'team.zoho',
  declaredConnections: {
    'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'] },
    books: { dataCenter: 'us', scopes: [] },
  },
  ...DEFAULT_CONFIG,
};
const environment = () => toEnvironment(config);

const STATES = 'must be some of refused, blocked, recovered, refreshed, separated by commas, or empty';

/** An independent copy of the documented bounds and defaults. */
const BOUNDS = [
  ['REFRESH_MARGIN_SECONDS', 'refreshMarginSeconds', 180, 300, 1725],
  ['REFRESH_JITTER_SECONDS', 'refreshJitterSeconds', 0, 60, 600],
  ['FUNCTION_TIMEOUT_SECONDS', 'functionTimeoutSeconds', 30, 75, 75],
  ['ZOHO_TIMEOUT_SECONDS', 'zohoTimeoutSeconds', 2, 10, 20],
  ['MAX_REFRESHES_PER_SECOND', 'maxRefreshesPerSecond', 1, 20, 24],
  ['MAX_IN_FLIGHT', 'maxInFlight', 1, 25, 100],
  ['PARK_AFTER_DAYS', 'parkAfterDays', 1, 7, 365],
] as const;

describe('a configuration', () => {
  test('is parsed from the environment as it was written', () => {
    expect(parseConfig(toEnvironment(config))).toStrictEqual(config);
  });

  test('becomes one variable per setting', () => {
    expect(environment()).toStrictEqual({
      TABLE_NAME: 'zoho-connections',
      SECRET_PREFIX: 'team.zoho',
      DECLARED_CONNECTIONS: JSON.stringify(config.declaredConnections),
      STATE_CHANGE_EVENTS: 'blocked,recovered',
      REFRESH_MARGIN_SECONDS: '300',
      REFRESH_JITTER_SECONDS: '60',
      FUNCTION_TIMEOUT_SECONDS: '75',
      ZOHO_TIMEOUT_SECONDS: '10',
      MAX_REFRESHES_PER_SECOND: '20',
      MAX_IN_FLIGHT: '25',
      PARK_AFTER_DAYS: '7',
    });
  });
});

describe.each(BOUNDS)('%s', (variable, setting, min, usual, max) => {
  test(`is from ${min} to ${max}, by default ${usual}`, () => {
    expect(NUMBER_SETTINGS[setting]).toMatchObject({ min, max, default: usual });
    expect(DEFAULT_CONFIG[setting]).toBe(usual);
  });

  test.each([min, max])('can be %i', (value) => {
    expect(parseConfig({ ...environment(), [variable]: String(value) })[setting]).toBe(value);
  });

  test.each([
    String(min - 1),
    String(max + 1),
    '',
    ' ',
    'many',
    '1e1',
    `${min}.5`,
    `${min} `,
    '9'.repeat(30),
  ])('cannot be %j', (value) => {
    expect(problemsOf({ ...environment(), [variable]: value })).toEqual([
      `- ${variable}: must be a whole number from ${min} to ${max}`,
    ]);
  });
});

describe('STATE_CHANGE_EVENTS', () => {
  test('can be empty: no events', () => {
    const { stateChangeEvents } = parseConfig({ ...environment(), STATE_CHANGE_EVENTS: '' });

    expect(stateChangeEvents).toEqual([]);
    expect(toEnvironment({ ...config, stateChangeEvents })).toMatchObject({ STATE_CHANGE_EVENTS: '' });
  });

  test.each(['throttled', 'blocked,', 'blocked, recovered', 'Blocked'])('cannot be %j', (value) => {
    expect(problemsOf({ ...environment(), STATE_CHANGE_EVENTS: value })).toEqual([
      expect.stringMatching(new RegExp(`^- STATE_CHANGE_EVENTS\\.\\d: ${STATES}$`)),
    ]);
  });
});

describe('METRICS_PER_CONNECTION', () => {
  test('is declared if it is missing', () => {
    expect(environment()).not.toHaveProperty('METRICS_PER_CONNECTION');
    expect(parseConfig(environment()).metricsPerConnection).toBe('declared');
  });

  test('may be all, and nothing else', () => {
    const problem = '- METRICS_PER_CONNECTION: must be one of declared, all, or missing';

    expect(parseConfig({ ...environment(), METRICS_PER_CONNECTION: 'all' }).metricsPerConnection).toBe('all');
    expect(problemsOf({ ...environment(), METRICS_PER_CONNECTION: 'none' })).toEqual([problem]);
  });
});

describe.each([
  ['ACCEPT_ROTATED_REFRESH_TOKENS', 'acceptRotatedRefreshTokens'],
  ['ROUTINE_METRICS', 'routineMetrics'],
] as const)('%s', (variable, setting) => {
  test('is true, or missing', () => {
    const on = { ...config, [setting]: true };

    expect(toEnvironment(on)).toMatchObject({ [variable]: 'true' });
    expect(parseConfig(toEnvironment(on))).toStrictEqual(on);
    expect(environment()).not.toHaveProperty(variable);
    expect(parseConfig(environment())[setting]).toBe(false);
  });

  test.each(['', 'false', 'TRUE', '1'])('cannot be %j', (value) => {
    expect(problemsOf({ ...environment(), [variable]: value })).toEqual([
      `- ${variable}: must be true, or missing`,
    ]);
  });
});

describe('FOLLOW_SECRET_PREFIX', () => {
  test.each(['zoho', 'team/zoho'])(
    'can be %j, which an earlier version may have used',
    (followSecretPrefix) => {
      const following = { ...config, followSecretPrefix };

      expect(toEnvironment(following)).toMatchObject({ FOLLOW_SECRET_PREFIX: followSecretPrefix });
      expect(parseConfig(toEnvironment(following))).toStrictEqual(following);
    },
  );

  test.each(['', '/zoho', 'zoho/', 'zoho*'])('cannot be %j', (value) => {
    expect(problemsOf({ ...environment(), FOLLOW_SECRET_PREFIX: value })).toEqual([
      '- FOLLOW_SECRET_PREFIX: is not a prefix of secret names',
    ]);
  });
});

describe('PAGE_TOPIC_ARN, TICKET_TOPIC_ARN and RUNBOOK_BASE_URL', () => {
  test.each([
    'arn:aws:sns:eu-west-1:012345678901:on-call',
    'arn:aws-us-gov:sns:us-gov-west-1:012345678901:On_Call-1.fifo',
    `arn:aws:sns:eu-west-1:012345678901:${'x'.repeat(256)}`,
  ])('are the topics and runbooks of notifications, e.g. %s', (topicArn) => {
    const notifying = {
      ...config,
      pageTopicArn: topicArn,
      ticketTopicArn: topicArn,
      runbookBaseUrl: 'https://runbooks.example/zoho',
    };

    expect(toEnvironment(notifying)).toMatchObject({
      PAGE_TOPIC_ARN: topicArn,
      TICKET_TOPIC_ARN: topicArn,
      RUNBOOK_BASE_URL: 'https://runbooks.example/zoho',
    });
    expect(parseConfig(toEnvironment(notifying))).toStrictEqual(notifying);
  });

  test.each([
    '',
    'on-call',
    ' arn:aws:sns:eu-west-1:012345678901:on-call',
    'arn::sns:eu-west-1:012345678901:on-call',
    'arn:aws:sqs:eu-west-1:012345678901:on-call',
    'arn:aws:sns::012345678901:on-call',
    'arn:aws:sns:eu-west-1:12345678901:on-call',
    'arn:aws:sns:eu-west-1:0123456789012:on-call',
    'arn:aws:sns:eu-west-1:01234567890x:on-call',
    'arn:aws:sns:eu-west-1:012345678901:',
    'arn:aws:sns:eu-west-1:012345678901:on call',
    'arn:aws:sns:eu-west-1:012345678901:on-call:0f1e2d3c',
    `arn:aws:sns:eu-west-1:012345678901:${'x'.repeat(257)}`,
  ])('cannot be a topic %j', (value) => {
    expect(problemsOf({ ...environment(), PAGE_TOPIC_ARN: value, TICKET_TOPIC_ARN: value })).toEqual([
      '- PAGE_TOPIC_ARN: is not the ARN of an SNS topic',
      '- TICKET_TOPIC_ARN: is not the ARN of an SNS topic',
    ]);
  });

  test.each([
    '',
    'https://',
    'http://runbooks.example',
    ' https://runbooks.example',
    'https://runbooks.example/ zoho',
    `https://${'x'.repeat(301)}`,
  ])('cannot be runbooks at %j', (value) => {
    expect(problemsOf({ ...environment(), RUNBOOK_BASE_URL: value })).toEqual([
      '- RUNBOOK_BASE_URL: is not an https URL',
    ]);
  });
});

describe('an invalid environment', () => {
  test('is reported with all its problems at once', () => {
    expect(problemsOf({})).toEqual([
      '- TABLE_NAME: must name the DynamoDB table, is missing',
      '- SECRET_PREFIX: must be the prefix of the secrets, is missing',
      '- DECLARED_CONNECTIONS: must be a JSON object, is missing',
      `- STATE_CHANGE_EVENTS: ${STATES}, is missing`,
      ...BOUNDS.map(
        ([variable, , min, , max]) =>
          `- ${variable}: must be a whole number from ${min} to ${max}, is missing`,
      ),
    ]);
  });

  test('throws an error with a stable code and the fix', () => {
    const parse = () => parseConfig({});

    expect(parse).toThrow(InvalidConfigError);
    expect(parse).toThrow(expect.objectContaining({ name: 'InvalidConfigError', code: 'invalid_config' }));
    expect(parse).toThrow(
      /^The environment variables of the refresher are invalid\. Deploy the stack again to restore them\.\n/,
    );
  });

  test.each([
    ['TABLE_NAME', '', 'must not be empty'],
    ['SECRET_PREFIX', '', 'is not a prefix of secret names'],
    ['SECRET_PREFIX', '/zoho', 'is not a prefix of secret names'],
    ['SECRET_PREFIX', 'zoho*', 'is not a prefix of secret names'],
    ['DECLARED_CONNECTIONS', '', 'must be a JSON object, is not JSON'],
    ['DECLARED_CONNECTIONS', '{', 'must be a JSON object, is not JSON'],
  ])('is reported for %s %j: %s', (variable, value, problem) => {
    expect(problemsOf({ ...environment(), [variable]: value })).toEqual([`- ${variable}: ${problem}`]);
  });

  test.each([
    ['[]', 'DECLARED_CONNECTIONS'],
    ['null', 'DECLARED_CONNECTIONS'],
    ['"crm-prod"', 'DECLARED_CONNECTIONS'],
    ['{"crm prod":{"dataCenter":"eu","scopes":[]}}', 'DECLARED_CONNECTIONS.crm prod'],
    ['{"crm-prod":5}', 'DECLARED_CONNECTIONS.crm-prod'],
    ['{"crm-prod":{"dataCenter":"de","scopes":[]}}', 'DECLARED_CONNECTIONS.crm-prod.dataCenter'],
    ['{"crm-prod":{"scopes":[]}}', 'DECLARED_CONNECTIONS.crm-prod.dataCenter'],
    ['{"crm-prod":{"dataCenter":"eu"}}', 'DECLARED_CONNECTIONS.crm-prod.scopes'],
    ['{"crm-prod":{"dataCenter":"eu","scopes":[5]}}', 'DECLARED_CONNECTIONS.crm-prod.scopes.0'],
  ])('is reported with the place in the declared connections: %s', (value, where) => {
    const problems = problemsOf({ ...environment(), DECLARED_CONNECTIONS: value });

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^- ${where.replaceAll('.', '\\.')}: `));
  });

  test('is reported for an invalid connection name', () => {
    const declared = '{"crm prod":{"dataCenter":"eu","scopes":[]}}';

    expect(problemsOf({ ...environment(), DECLARED_CONNECTIONS: declared })).toEqual([
      '- DECLARED_CONNECTIONS.crm prod: is not a connection name',
    ]);
  });
});

function problemsOf(variables: Record<string, string>): string[] {
  try {
    parseConfig(variables);
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.message.split('\n').slice(1);
    throw error;
  }
  throw new Error('This environment is valid.');
}
