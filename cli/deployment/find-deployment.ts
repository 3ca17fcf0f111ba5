import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { SECRET_PREFIX_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import { ADDRESS_ROOT } from '../../lambdas/core/deployment-address.ts';
import { nearestName } from '../../lambdas/core/nearest-name.ts';
import type { AwsClients } from '../aws/clients.ts';
import { explainSignIn } from '../aws/explain-sign-in.ts';
import { readIfAllowed, tryRead, valueIfRead } from '../aws/try-read.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { hidePastedSecrets } from '../terminal/hide-pasted-secrets.ts';
import { type Deployment, missingParameters, parseAddress, parseRecord } from './deployment.ts';
import { type Address, readAddresses } from './read-addresses.ts';

/** Which deployment to find. */
export interface DeploymentChoice {
  /** Its `secretPrefix`. @default the only one of the account and region */
  readonly name: string | undefined;
  /** The AWS profile, for messages. */
  readonly profile: string | undefined;
}

/**
 * Finds a deployment by its address in SSM. Throws {@link CliError} when there is none, when there are several and none is
 * chosen, and when its address cannot be read.
 */
export async function findDeployment(aws: AwsClients, choice: DeploymentChoice): Promise<Deployment> {
  const { name } = choice;
  if (name !== undefined && !SECRET_PREFIX_PATTERN.test(name)) {
    throw new UsageError(
      'The name of the deployment is not valid (value omitted): it is the secretPrefix that was deployed, such as zoho.',
      'Check --deployment and ZOHO_DEPLOYMENT.',
    );
  }
  await requireSignIn(aws, choice);
  const addresses = await readIfAllowed(() => readAddresses(aws.ssm, name));
  if (addresses === undefined) throw denied(name);
  const [address, ...others] = addresses;
  if (address === undefined) throw await notFound(aws, choice);
  if (others.length > 0) throw severalFound(addresses, address);
  return parseAddress(address);
}

/** Finds region and credentials, before any call, because the errors of calls do not keep the texts that say what is missing. */
async function requireSignIn({ ssm }: AwsClients, { profile }: DeploymentChoice): Promise<void> {
  try {
    await ssm.config.region();
    await ssm.config.credentials();
  } catch (error) {
    throw explainSignIn(error, profile) ?? error;
  }
}

function denied(name: string | undefined): CliError {
  const ask = 'Ask for the permissions in docs/operator-policy.json';
  return name === undefined
    ? new CliError(
        `You have no permission for ssm:GetParametersByPath on ${ADDRESS_ROOT}.`,
        `${ask}, or name a deployment that you may use: --deployment NAME.`,
      )
    : new CliError(
        `You have no permission for ssm:GetParametersByPath on ${ADDRESS_ROOT}/${hidePastedSecrets(name)}.`,
        `${ask}.`,
      );
}

async function notFound(aws: AwsClients, { name, profile }: DeploymentChoice): Promise<CliError> {
  const where = await describePlace(aws, profile);
  if (name === undefined) {
    return new CliError(
      `There is no deployment in ${where}.`,
      'Check --region and --profile, or deploy: npx cdk deploy. Version 0.1 has no address: deploy this version over it.',
    );
  }
  const all = (await readIfAllowed(() => readAddresses(aws.ssm))) ?? [];
  const names = all.map(({ secretPrefix }) => secretPrefix);
  const nearest = nearestName(name, names);
  return new CliError(
    `There is no deployment ${hidePastedSecrets(name)} in ${where}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
    names.length === 0
      ? 'Check --deployment (or ZOHO_DEPLOYMENT), --region and --profile.'
      : `Check --region and --profile, or use --deployment with one of: ${names.join(', ')}.`,
  );
}

/** The account, if AWS says which, the region, and where the credentials come from. */
async function describePlace({ ssm, sts }: AwsClients, profile: string | undefined): Promise<string> {
  const call = { action: 'sts:GetCallerIdentity', resource: 'the caller' };
  const identity = await tryRead(() => callAws(call, () => sts.send(new GetCallerIdentityCommand({}))));
  const account = valueIfRead(identity)?.Account;
  return [
    ...(account === undefined ? [] : [`account ${account}`]),
    `${await ssm.config.region()} (${profile === undefined ? 'no profile set' : `profile ${profile}`})`,
  ].join(', ');
}

function severalFound(addresses: readonly Address[], { account, region }: Address): CliError {
  const width = Math.max(...addresses.map(({ secretPrefix }) => secretPrefix.length));
  return new CliError(
    `There are ${addresses.length} deployments in account ${account}, ${region}.`,
    [
      'Choose one with --deployment NAME, or set ZOHO_DEPLOYMENT:',
      ...addresses.map((address) => `  ${address.secretPrefix.padEnd(width)}  ${describe(address)}`),
    ].join('\n  '),
  );
}

function describe(address: Address): string {
  const record = parseRecord(address.values.get('deployment') ?? '');
  const stack = record === undefined ? 'unknown stack' : `stack ${record.stack}, version ${record.version}`;
  return missingParameters(address).length === 0 ? stack : `${stack}, incomplete`;
}
