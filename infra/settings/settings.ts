import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import {
  CONNECTION_NAME_PATTERN,
  DEFAULT_SECRET_PREFIX,
  SECRET_PREFIX_PATTERN,
} from '../../lambdas/core/connection/connection-name.ts';
import {
  METRICS_PER_CONNECTION,
  type MetricsPerConnection,
} from '../../lambdas/core/connection/declared-connection.ts';
import { CONNECTION_STATES, type ConnectionState } from '../../lambdas/core/connection/state-change.ts';
import { DEFAULT_RUNBOOK_BASE_URL } from '../../lambdas/core/documents.ts';
import {
  ACCEPT_ROTATED_REFRESH_TOKENS,
  DEFAULT_CONFIG,
  STATE_CHANGE_EVENTS,
} from '../../lambdas/refresher/config.ts';
import { mapNumberSettings, type NumberSetting } from '../../lambdas/refresher/number-settings.ts';
import { ALARM_NAMES, CONSENT_ALARM_NAMES, RETIRED_ALARMS, SHARD_ALARM } from '../alarms/alarm-names.ts';
import { consentSchema } from './consent-settings.ts';
import { documentation } from './documentation.ts';
import { fleetSchemas } from './fleet-schemas.ts';
import { connectionSchema, describeInvalidName, followSchema } from './nested-settings.ts';
import { describeProblem } from './problems.ts';
import { anyNumber, emails, expecting, listOf, oneOf, text, trueOrFalse, wholeNumber } from './schemas.ts';

const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);
/** Of the refresher: a tick, one that follows while it still runs, and a caller. */
export const FEWEST_EXECUTIONS = 3;
const ARCHITECTURES = ['arm64', 'x86_64'] as const;
/** Those that are not of one connection or shard. */
const NAMES_OF_ALARMS = [...ALARM_NAMES, ...CONSENT_ALARM_NAMES];
/** Retired ones as well: what to do instead of them is a message of its own. */
const ALARM_ID = new RegExp(
  `^(?:${[...NAMES_OF_ALARMS, ...Object.keys(RETIRED_ALARMS)].join('|')}|UnauthorizedSpike-.+|${SHARD_ALARM}-\\d+)$`,
);

/** Every setting with its name, type, bounds, default and documentation. The order is that of the documentation. */
export const settingsSchema = z.strictObject(
  {
    secretPrefix: text((prefix) => SECRET_PREFIX_PATTERN.test(prefix), {
      what: 'a prefix of secret names',
      allowed: 'letters, digits, _, . and -, at most 128 characters',
    })
      .default(DEFAULT_SECRET_PREFIX)
      .register(documentation, {
        type: 'string',
        description:
          'Secrets are named `<secretPrefix>/<connection>/credentials` and `<secretPrefix>/<connection>/access-token`.',
        details:
          "It is also the value of the metrics' dimension `service`. Two deployments in one account and region need two prefixes. Do not change it: CloudFormation would delete every token secret and create empty ones under the new name, and the credentials would stay under the old name. docs/upgrading.md says how to move to another prefix.",
      }),
    alarmEmails: emails().default([]).register(documentation, {
      type: 'readonly string[]',
      description:
        'E-mail addresses that get every alarm, by its name. Each one must confirm its subscription once.',
    }),
    pageEmails: emails().default([]).register(documentation, {
      type: 'readonly string[]',
      description:
        'E-mail addresses that get one message when something needs attention now, and one when everything is well again.',
    }),
    ticketEmails: emails().default([]).register(documentation, {
      type: 'readonly string[]',
      description:
        'E-mail addresses that get one message when something needs attention on the next working day, and one when everything is well again.',
    }),
    connections: z
      .record(z.string().regex(CONNECTION_NAME_PATTERN), connectionSchema, {
        error: (issue) =>
          issue.code === 'invalid_key'
            ? describeInvalidName(issue.input)
            : describeProblem(issue.input, { allowed: 'an object of connections by name' }),
      })
      .default({})
      .register(documentation, {
        type: 'Readonly<Record<string, ZohoConnectionOptions>>',
        description: 'Connections to keep a token for, by name. More can be added at run time.',
      }),
    ...mapNumberSettings((setting) => documentedNumber(wholeNumber, setting)),
    ...fleetSchemas,
    logRetentionDays: z
      .custom<number>((days) => RETENTION_DAYS.includes(days as RetentionDays), {
        error: expecting({ what: 'a retention of CloudWatch Logs', allowed: RETENTION_DAYS.join(', ') }),
      })
      .transform((days): RetentionDays => days)
      .default(RetentionDays.ONE_MONTH)
      .register(documentation, {
        type: 'number',
        description: 'Days to keep the logs; one of the values that CloudWatch Logs allows.',
      }),
    metricsPerConnection: oneOf<MetricsPerConnection>(METRICS_PER_CONNECTION, 'a choice of connections')
      .default(DEFAULT_CONFIG.metricsPerConnection)
      .register(documentation, {
        type: "'declared' | 'all'",
        description:
          'Which connections have CloudWatch metrics of their own: `declared`, or `all`. Each connection whose consumers call Zoho costs $0.30 a month for the metric `Unauthorized` alone.',
        details:
          'Connections that were added at run time are counted in the metrics of the whole deployment, whatever is chosen.',
      }),
    routineMetrics: trueOrFalse().default(DEFAULT_CONFIG.routineMetrics).register(documentation, {
      type: 'boolean',
      description:
        'Whether the refresher emits two metrics that no alarm watches: `RefreshSucceeded`, of the deployment and of each declared connection, and `SoonestExpirySeconds`. Each costs $0.30 a month.',
      details: 'They are for dashboards and alarms of your own. With `dashboard` they are always emitted.',
    }),
    dashboard: trueOrFalse().default(false).register(documentation, {
      type: 'boolean',
      description:
        'Creates a CloudWatch dashboard, which costs $3.00 a month (the first three of an account are free), and emits the metrics of `routineMetrics`, which it shows.',
      details: 'Neither the alarms nor `zoho-tokens status` need it.',
    }),
    unauthorizedRatePercent: documentedNumber(anyNumber, {
      min: 0.01,
      max: 100,
      default: 0.5,
      description:
        'UnauthorizedSpike goes off when more than this percentage of API calls in 5 minutes got a 401. With 100 it never does.',
    }),
    unauthorizedMinimumCount: documentedNumber(wholeNumber, {
      min: 1,
      max: 1000,
      default: 3,
      description: 'UnauthorizedSpike does not go off below this number of 401s in 5 minutes.',
    }),
    disabledAlarms: listOf<string>((name) => ALARM_ID.test(name), {
      allowed: `a list of alarms: ${NAMES_OF_ALARMS.join(', ')}`,
      item: {
        what: 'an alarm',
        allowed: `${NAMES_OF_ALARMS.join(', ')}, UnauthorizedSpike-<connection>, or ${SHARD_ALARM}-<shard>, such as ${SHARD_ALARM}-0`,
        candidates: [...NAMES_OF_ALARMS, `${SHARD_ALARM}-0`],
      },
    })
      .default([])
      .register(documentation, {
        type: 'readonly string[]',
        description:
          'Alarms that are not created, by name: `RefreshFailing`, `UnauthorizedSpike-crm-prod` for the one of a connection, `ShardSilent-0` for the one of a shard.',
        details:
          'Without RefresherSilent, the composite alarm `page` and RefresherStarted are not created either.',
      }),
    runbookBaseUrl: text((url) => /^https:\/\/\S+$/.test(url) && URL.canParse(url) && url.length <= 300, {
      what: 'the address of a folder of runbooks',
      allowed: 'an https URL of at most 300 characters',
    })
      .transform((url) => url.replace(/\/+$/, ''))
      .default(DEFAULT_RUNBOOK_BASE_URL)
      .register(documentation, {
        type: 'string',
        description:
          'Every alarm and notification links to its runbook, for example `<runbookBaseUrl>/RefreshFailing.md`.',
        defaultText: "this project's runbooks on GitHub",
      }),
    stateChangeEvents: listOf<ConnectionState>((state) => CONNECTION_STATES.some((name) => name === state), {
      allowed: `a list of state changes: ${CONNECTION_STATES.join(', ')}; an empty one for none`,
      item: {
        what: 'a state change',
        allowed: CONNECTION_STATES.join(', '),
        candidates: CONNECTION_STATES,
      },
    })
      .default(STATE_CHANGE_EVENTS.default)
      .register(documentation, {
        type: 'readonly ConnectionState[]',
        description: STATE_CHANGE_EVENTS.description,
      }),
    acceptRotatedRefreshTokens: trueOrFalse()
      .default(ACCEPT_ROTATED_REFRESH_TOKENS.default)
      .register(documentation, {
        type: 'boolean',
        description: ACCEPT_ROTATED_REFRESH_TOKENS.description,
        details: 'Credentials that an operator stores meanwhile always count. See docs/deploying.md.',
      }),
    architecture: oneOf(ARCHITECTURES, 'an architecture of Lambda').default('arm64').register(documentation, {
      type: "'arm64' | 'x86_64'",
      description: 'Architecture of the functions: `arm64` or `x86_64`.',
    }),
    memoryMegabytes: documentedNumber(wholeNumber, {
      min: 128,
      max: 10_240,
      default: 512,
      description: 'Memory of each function. Lambda gives it CPU in proportion.',
    }),
    reservedConcurrency: wholeNumber({ min: FEWEST_EXECUTIONS, max: 1000 })
      .optional()
      .register(documentation, {
        type: 'number | undefined',
        description:
          'Executions of the refresher that no other function can use, and that it cannot exceed. From 3 to 1000; 10 is enough for most.',
        details:
          'An account with a limit of 10 executions, as new accounts have, cannot reserve any. It does not limit refreshes: the lease does. See docs/deploying.md.',
      }),
    terminationProtection: trueOrFalse().default(false).register(documentation, {
      type: 'boolean',
      description:
        'Protects the stack from deletion (in an app of your own, only the table). Turn it on after the first successful deployment: before, it prevents that a failed one is rolled back and repeated.',
    }),
    removalPolicy: oneOf(['retain', 'destroy'], 'a removal policy')
      .default('retain')
      .register(documentation, {
        type: "'retain' | 'destroy'",
        description:
          'What happens to the table and the key when the stack is deleted: `retain`, or `destroy` for throw-away stacks.',
        details:
          'Credentials are not part of the stack. Before you destroy it, delete them with `zoho-tokens delete-secrets`: without the key no one can read them.',
      }),
    follow: followSchema.optional().register(documentation, {
      type: 'ZohoFollowOptions | undefined',
      description:
        'During a move from another prefix: the `secretPrefix` of the old deployment and the ARN of its key (`keyArn`), whose tokens may be republished.',
      details: 'Remove it when the move is finished: see docs/upgrading.md.',
    }),
    consent: consentSchema.optional().register(documentation, {
      type: 'ZohoConsentOptions | undefined',
      description:
        'Pages on which people without AWS access authorize connections: administrators by a link, customers of a platform by its backend. Absent, nothing of them is deployed. See docs/platforms.md.',
    }),
    exampleConsumer: text((name) => CONNECTION_NAME_PATTERN.test(name), {
      what: 'a connection name',
      allowed: 'the name of a declared connection',
    })
      .optional()
      .register(documentation, {
        type: 'string | undefined',
        description: 'Name of a declared connection: deploys an example Lambda function that uses it.',
        details: 'The function calls Zoho whenever it is invoked; nothing invokes it by itself.',
      }),
  },
  { error: expecting({ what: 'a configuration', allowed: 'an object' }) },
);

/** The configuration, checked, with every default filled in. */
export type Settings = Readonly<z.output<typeof settingsSchema>>;

/** A number, with its bounds in the documentation. */
function documentedNumber(schemaFor: typeof wholeNumber, setting: NumberSetting) {
  const { min, max, description } = setting;
  return schemaFor(setting)
    .default(setting.default)
    .register(documentation, { type: 'number', description: `${description} From ${min} to ${max}.` });
}
