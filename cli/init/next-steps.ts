import { isInstalled } from './project.ts';

/** What to do with the app that was just written. */
export function describeNextSteps(folder: string): string {
  const missing = NEEDED.filter((name) => !isInstalled(folder, name));
  const steps = [
    ...(folder === '.' ? [] : [`cd ${folder}`]),
    ...(missing.length === 0 ? [] : [`npm install ${missing.map(withRange).join(' ')}`]),
    'npx cdk synth                        # checks the configuration; changes nothing in AWS',
    'npx cdk bootstrap                    # once per account and region',
    'npx cdk deploy',
    'npx zoho-tokens authorize crm-prod   # gives the connection its first token',
  ];
  return ['Next:', ...steps.map((step) => `  ${step}`)].join('\n');
}

const NEEDED = ['zoho-token-refresher', 'aws-cdk-lib', 'constructs', 'aws-cdk'];

function withRange(name: string): string {
  return name === 'aws-cdk' ? 'aws-cdk@2' : name;
}
