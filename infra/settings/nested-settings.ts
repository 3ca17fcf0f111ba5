import { RegionInfo } from 'aws-cdk-lib/region-info';
import * as z from 'zod';
import { SEVERITIES, type Severity } from '../../lambdas/core/connection/connection.ts';
import { EARLIER_SECRET_PREFIX_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import {
  DATA_CENTER_LOCATIONS,
  DATA_CENTERS,
  type DataCenterLocation,
} from '../../lambdas/core/zoho/data-centers.ts';
import { documentation } from './documentation.ts';
import { describeProblem } from './problems.ts';
import { expecting, listOf, oneOf, text } from './schemas.ts';

/** The regions that the CDK knows. */
export const REGIONS = RegionInfo.regions.map((region) => region.name);
const KEY_ARN = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/;

/** The settings of one connection. The order is that of the documentation. */
export const connectionSchema = z.strictObject(
  {
    dataCenter: oneOf<DataCenterLocation>(
      DATA_CENTER_LOCATIONS,
      'a data center of Zoho',
      dataCenterOfDomain(),
    ).register(documentation, {
      type: 'DataCenterLocation',
      description: `Data center of the Zoho account: ${DATA_CENTER_LOCATIONS.map(code).join(' ')}.`,
    }),
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
    severity: oneOf<Severity>(SEVERITIES, 'a severity').default('page').register(documentation, {
      type: "'page' | 'ticket' | 'none'",
      description:
        'Who is notified when the connection is blocked or its consumers get 401s: `page`, `ticket`, or `none`. Other problems are tickets at most.',
    }),
  },
  { error: expecting({ what: 'a connection', allowed: 'an object with dataCenter and scopes' }) },
);

/** One connection of the configuration, checked, with every default filled in. */
export type ConnectionSettings = Readonly<z.output<typeof connectionSchema>>;

/** The old deployment of a move. */
export const followSchema = z.strictObject(
  {
    secretPrefix: text((prefix) => EARLIER_SECRET_PREFIX_PATTERN.test(prefix), {
      what: 'a prefix of secret names',
      allowed: 'the secretPrefix of the old deployment',
    }).register(documentation, { type: 'string', description: 'The `secretPrefix` of the old deployment.' }),
    keyArn: text((arn) => KEY_ARN.test(arn), {
      what: 'the ARN of a KMS key',
      allowed:
        'an ARN such as arn:aws:kms:eu-central-1:111122223333:key/… (the output KeyArn of the old stack)',
    }).register(documentation, {
      type: 'string',
      description: 'ARN of the key of its secrets: the output `KeyArn` of the old stack.',
    }),
  },
  { error: expecting({ what: 'a deployment to follow', allowed: 'an object with secretPrefix and keyArn' }) },
);

export function describeInvalidName(name: unknown): string {
  const allowed = 'letters, digits, - and _, starting with a letter or digit, at most 64 characters';
  return describeProblem(name, { what: 'a connection name', allowed });
}

function code(name: string): string {
  return `\`${name}\``;
}

/** Data centers by what users write instead of their location: `com`, `zoho.com.au`, `accounts.zoho.eu`, `zohocloud.ca`. */
function dataCenterOfDomain(): ReadonlyMap<string, DataCenterLocation> {
  return new Map(
    DATA_CENTER_LOCATIONS.flatMap((location) => {
      const { accountsServer, apiDomain } = DATA_CENTERS[location];
      const accounts = new URL(accountsServer).hostname;
      const api = new URL(apiDomain).hostname;
      const domain = accounts.replace('accounts.', '');
      const suffix = domain.replace('zoho.', '');
      return [suffix, domain, accounts, api, api.replace('www.', '')].map(
        (name) => [name, location] as const,
      );
    }),
  );
}
