import { existsSync } from 'node:fs';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import { type LambdaName, lambdaFolder } from './lambda-folder.ts';

/** The bundle of a function. A package contains it. In a checkout, `infra/app.ts` builds it at every synth. */
export function lambdaCode(name: LambdaName, folder = lambdaFolder(name)): AssetCode {
  if (!existsSync(folder)) {
    throw new Error(
      `The code of the function "${name}" is missing: ${folder} does not exist. In a checkout, run "npm run build". Otherwise, install zoho-token-refresher again.`,
    );
  }
  return Code.fromAsset(folder);
}
