import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import * as z from 'zod';
import {
  CONNECTION_NAME_PATTERN,
  DEFAULT_SECRET_PREFIX,
  SECRET_PREFIX_PATTERN,
} from '../../lambdas/core/connection/connection-name.ts';
import { CONNECTION_STATES, type ConnectionState } from '../../lambdas/core/connection/state-change.ts';
import { DATA_CENTER_LOCATIONS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import {
  mapNumberSettings,
  type NumberSetting,
  STATE_CHANGE_EVENTS,
} from '../../lambdas/refresher/config.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { describeProblem } from './problems.ts';
import { anyNumber, emails, expecting, listOf, oneOf, text, wholeNumber } from './schemas.ts';

const REPOSITORY = packageJson.repository.url.replace(/^git\+|\.git$/g, '');

/** Where alarms find their runbooks when nothing else is configured. */
export const DEFAULT_RUNBOOK_BASE_URL = `${REPOSITORY}/blob/main/docs/runbooks`;

/** What users read about a setting. */
export interface Documentation {
  /** Its type at the construct. */
  readonly type: string;
  /** For README's table and the property of the construct. */
  readonly description: string;
  /** More, for the property only. */
  readonly details?: string;
  /** Instead of the default itself, which is shown otherwise. */
  readonly defaultText?: string;
}

/** The documentation of each setting, by its schema. */
export const documentation = z.registry<Documentation>();

const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);
const REGIONS = RegionInfo.regions.map((region) => region.name);

/** The settings of one connection. The order is that of the documentation. */
export const connectionSchema = z.strictObject(
  {
    dataCenter: oneOf<DataCenterLocation>(DATA_CENTER_LOCATIONS, 'a data center of Zoho').register(
      documentation,
      {
        type: 'DataCenterLocation',
        description: `Data center of the Zoho account: ${DATA_CENTER_LOCATIONS.map(code).join(' ')}.`,
      },
    ),
    scopes: listOf<string>((scope) => /^[^\s,]{1,200}$/.test(scope), {
      allowed: 'at least one OAuth scope, each an item of its own, e.g. ["ZohoCRM.modules.READ"]',
      item: { what: 'an OAuth scope', allowed: 'one scope per item, without spaces and commas' },
      minItems: 1,
    }).register(documentation, {
      type: 'readonly string[]',
      description:
        'OAuth scopes that consumers need, at least one. A scope that Zoho does not grant is reported as scope drift.',
    }),
    clientType: oneOf(['server-based', 'self-client'], 'a client type')
      .default('server-based')
      .register(documentation, {
        type: "'server-based' | 'self-client'",
        description:
          "Kind of client in Zoho's API console: `server-based` or `self-client`. A self client belongs to one user's account: do not use it in production.",
      }),
    replicaRegions: listOf<string>((region) => REGIONS.includes(region), {
      allowed: 'a list of AWS regions',
      item: { what: 'an AWS region', allowed: 'a region such as eu-central-1', candidates: REGIONS },
    })
      .default([])
      .register(documentation, {
        type: 'readonly string[]',
        description: 'AWS regions that get a copy of the access token.',
        details:
          "The credentials are never copied. A copy is encrypted with its region's `aws/secretsmanager` key, so only this account can read it. Its ARN is that of the secret with the other region; readers need `secretsmanager:GetSecretValue` on it.",
      }),
  },
  { error: expecting({ what: 'a connection', allowed: 'an object with dataCenter and scopes' }) },
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
          "It is also the value of the metrics' dimension `service`. Two deployments in one account and region need two prefixes. Changing it replaces every secret: see docs/upgrading.md for how to move.",
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
    runbookBaseUrl: text((url) => /^https:\/\/\S+$/.test(url) && URL.canParse(url) && url.length <= 300, {
      what: 'the address of a folder of runbooks',
      allowed: 'an https URL of at most 300 characters',
    })
      .transform((url) => url.replace(/\/+$/, ''))
      .default(DEFAULT_RUNBOOK_BASE_URL)
      .register(documentation, {
        type: 'string',
        description: 'Every alarm links to its runbook, `<runbookBaseUrl>/<alarm>.md`.',
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

/** One connection of the configuration, checked, with every default filled in. */
export type ConnectionSettings = Readonly<z.output<typeof connectionSchema>>;

/** A number, with its bounds in the documentation. */
function documentedNumber(schemaFor: typeof wholeNumber, setting: NumberSetting) {
  const { min, max, description } = setting;
  return schemaFor(setting)
    .default(setting.default)
    .register(documentation, { type: 'number', description: `${description} From ${min} to ${max}.` });
}

function code(name: string): string {
  return `\`${name}\``;
}

export function describeInvalidName(name: unknown): string {
  const allowed = 'letters, digits, - and _, starting with a letter or digit, at most 64 characters';
  return describeProblem(name, { what: 'a connection name', allowed });
}
