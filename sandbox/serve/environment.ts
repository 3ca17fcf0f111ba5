import { clientConfigFor } from '../aws/client-config.ts';
import { addressOf, CONSENT_API_FUNCTION_NAME, functionArnOf } from './stack.ts';

/** The environment of a process that uses the sandbox at this origin. */
export function environmentFor(origin: string): Record<string, string> {
  const { region, credentials } = clientConfigFor(origin);
  return {
    AWS_ENDPOINT_URL: origin,
    AWS_REGION: region,
    // Python's SDK and version 1 of the AWS CLI read only this one.
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ZOHO_SANDBOX_URL: `${origin}/zoho`,
    // The same variables as a function has.
    ZOHO_SECRET_PREFIX: 'zoho',
    ZOHO_REFRESHER_FUNCTION_NAME: addressOf(origin)['consumer-target'],
    ZOHO_TOKENS_TABLE: 'zoho-tokens',
    // Of createZohoInvites.
    ZOHO_CONSENT_TARGET: `${functionArnOf(CONSENT_API_FUNCTION_NAME)}:callers`,
    // Where API calls go: the client reads the first, other code of Node.js needs the second.
    ZOHO_API_ENDPOINT: origin,
    NODE_OPTIONS: `--import=${new URL('./redirect-zoho.mjs', import.meta.url)}`,
  };
}

/** The environment as lines for a POSIX shell. */
export function exportLines(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`);
}

function quote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
