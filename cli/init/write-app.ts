import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { App } from './project.ts';

/** Writes the files of an app, and returns their paths in the folder. Throws {@link CliError} if one exists or cannot be written. */
export function writeApp(folder: string, app: App): readonly string[] {
  const files = filesOf(app);
  const existing = Object.keys(files).filter((path) => existsSync(join(folder, path)));
  if (existing.length > 0) {
    throw new CliError(
      `${folder} already has ${existing.join(', ')}. Nothing was written.`,
      "Choose an empty folder. To use the construct in an existing app: import { ZohoTokenRefresher } from 'zoho-token-refresher'.",
    );
  }
  for (const [path, text] of Object.entries(files)) write(join(folder, path), text);
  return Object.keys(files);
}

function write(path: string, text: string): void {
  try {
    createFolder(dirname(path));
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CliError(
      `${path} cannot be written (${code}).`,
      'Choose a folder in which you may write: zoho-tokens init FOLDER.',
    );
  }
}

/** Not `recursive`: Node.js then retries forever where the system refuses folders with ENOENT, as in `/proc`. */
function createFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) createFolder(parent);
  mkdirSync(path);
}

function filesOf({ entry, command, isTypeScript }: App): Readonly<Record<string, string>> {
  return {
    [entry]: ENTRY,
    'cdk.json': toJson({ app: command }),
    ...(isTypeScript && { 'tsconfig.json': toJson(TSCONFIG) }),
  };
}

const ENTRY = `import { App } from 'aws-cdk-lib';
import { ZohoTokenRefresherStack } from 'zoho-token-refresher';

const app = new App();
new ZohoTokenRefresherStack(app, 'ZohoTokenRefresher', {
  // E-mail addresses that get every alarm, e.g. ['on-call@example.com'].
  alarmEmails: [],
  connections: {
    // Your name for the connection, the data center of the Zoho account, and the scopes that your functions need.
    'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.leads.READ'] },
  },
});
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  },
  include: ['bin'],
};

function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
