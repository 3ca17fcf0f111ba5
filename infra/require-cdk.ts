import { createRequire } from 'node:module';
import packageJson from '../package.json' with { type: 'json' };

/**
 * Checks that the CDK is installed, and new enough, before anything else of it is loaded. The client needs no CDK, so it is
 * an optional peer dependency: package managers do not install it, and some do not check its version.
 */
export function requireCdk(readVersion: () => string): void {
  const range = packageJson.peerDependencies['aws-cdk-lib'];
  const install = `npm install aws-cdk-lib@"${range}" constructs`;
  let version: string;
  try {
    version = readVersion();
  } catch (error) {
    throw new Error(
      `The construct of zoho-token-refresher needs aws-cdk-lib and constructs, which are not installed here. Run: ${install}. (zoho-token-refresher/client does not need them.)`,
      { cause: error },
    );
  }
  if (isOlder(version, range.replace('^', ''))) {
    throw new Error(
      `The construct of zoho-token-refresher needs aws-cdk-lib ${range}; ${version} is installed. Run: ${install}.`,
    );
  }
}

/** Compares versions without pre-releases, which the construct library has none of. */
function isOlder(version: string, needed: string): boolean {
  const [given, least] = [version, needed].map((text) => text.split('.').map(Number));
  const index = (least ?? []).findIndex((part, position) => part !== (given?.[position] ?? 0));
  return index >= 0 && (given?.[index] ?? 0) < (least?.[index] ?? 0);
}

const require = createRequire(import.meta.url);
requireCdk(() => {
  require.resolve('constructs');
  return (require('aws-cdk-lib/package.json') as { version: string }).version;
});
