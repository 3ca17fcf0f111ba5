import { InvalidArgumentError } from 'commander';
import {
  type CreateInviteRequest,
  InvalidConsentRequestError,
  parseCallersRequest,
} from '../../lambdas/core/invites/consent-requests.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { UsageError } from '../cli-error.ts';
import { requireClientName } from '../clients/find-client-secret.ts';
import { checkName } from '../connections/find-connection.ts';

/** Options of `invite`. */
export interface InviteOptions {
  readonly client?: string;
  readonly scope: readonly string[];
  readonly dataCenter?: DataCenterLocation;
  readonly create?: boolean;
  readonly expectEmail?: string;
  readonly expectDomain?: string;
  readonly expectOrg?: string;
  readonly confirm?: boolean;
  readonly identify?: boolean;
  /** Seconds. */
  readonly expires?: number;
  readonly label?: string;
  readonly json?: boolean;
}

/** What an invite is for, before its client is chosen. */
export type InviteRequest = Omit<CreateInviteRequest, 'client'> & { readonly client?: string };

const SECONDS = { m: 60, h: 3600, d: 24 * 3600 } as const;

/** Seconds of a duration such as `72h`. */
export function parseLifetime(text: string): number {
  const [, count = '', unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (unit === undefined ? Number.NaN : SECONDS[unit as keyof typeof SECONDS]);
  if (Number.isNaN(seconds))
    throw new InvalidArgumentError('It must be a duration such as 72h, 90m or 3d, at most 168h.');
  return seconds;
}

/** Turns the options into a request, before AWS is called. Throws {@link UsageError}, without the values. */
export function parseInviteOptions(given: string, options: InviteOptions): InviteRequest {
  const { client, scope, dataCenter, create = false, confirm = false, identify = false } = options;
  const connection = checkName(given);
  if (create && scope.length === 0)
    throw new UsageError(
      '--create needs the scopes of the new connection.',
      'Use --scope, for example --scope ZohoCRM.modules.ALL.',
    );
  const { expectEmail, expectDomain, expectOrg, expires, label } = options;
  const expect = {
    ...(expectEmail === undefined ? {} : { email: expectEmail }),
    ...(expectDomain === undefined ? {} : { email_domain: expectDomain.replace(/^@/, '') }),
    ...(expectOrg === undefined ? {} : { org_id: expectOrg }),
  };
  const request: InviteRequest = {
    action: 'create-invite',
    connection,
    ...(client === undefined ? {} : { client: requireClientName(client) }),
    ...(scope.length === 0 ? {} : { scopes: [...scope] }),
    ...(dataCenter === undefined ? {} : { data_center: dataCenter }),
    ...(create ? { create } : {}),
    mode: confirm ? 'confirm' : 'direct',
    ...(Object.keys(expect).length === 0 ? {} : { expect }),
    ...(identify ? { identify } : {}),
    ...(expires === undefined ? {} : { expires_in_seconds: expires }),
    ...(label === undefined ? {} : { label }),
  };
  requireValid(request);
  return request;
}

/** How the fields of a request are called here. */
const OPTIONS: Readonly<Record<string, string>> = {
  'expect.email_domain': '--expect-domain',
  'expect.email': '--expect-email',
  'expect.org_id': '--expect-org',
  expires_in_seconds: '--expires, in seconds,',
  label: '--label',
  scopes: '--scope',
};

function requireValid(request: InviteRequest): void {
  try {
    parseCallersRequest({ client: 'acme-app', ...request });
  } catch (error) {
    if (!(error instanceof InvalidConsentRequestError)) throw error;
    const message = Object.entries(OPTIONS).reduce(
      (text, [field, option]) => text.replaceAll(new RegExp(`(^|; )${field}(?=[ .])`, 'g'), `$1${option}`),
      error.message,
    );
    throw new UsageError(message, 'Run zoho-tokens invite --help for its options. Nothing was changed.');
  }
}
